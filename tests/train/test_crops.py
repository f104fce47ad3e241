"""Crops: of which frames, where, how large, and what counts."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sidewinder.augment import Augmentation
from sidewinder.normalization import ByQuantiles
from sidewinder.settings import TrainSettings
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.train.crops import Crops
from sidewinder.train.recipe import Recipe

SETTINGS = TrainSettings(batch=2, crop_px=64)
STILL = Recipe(Augmentation(elastic_px=0, rotation=False, stretch=0, contrast=0, blur=0, noise=0))


def frame(source="a", number=0, complete=True, pixel_size_um=None) -> AnnotatedFrame:
    """Two square cells of 20 px."""
    labels = np.zeros((200, 300), np.int32)
    labels[40:60, 40:60], labels[40:60, 230:250] = 3, 7
    known = np.ones(labels.shape, bool) if complete else labels > 0
    return AnnotatedFrame(f"{source}/{number}", (labels > 0).astype(np.float32), labels, known, complete, pixel_size_um)


def test_a_batch_has_shapes_types_and_only_known_classes():
    images, classes, weights = Crops([frame()], [], SETTINGS, Recipe(), None, ByQuantiles()).batch(0)
    assert images.shape == (2, 1, 64, 64)
    assert classes.shape == weights.shape == (2, 64, 64)
    assert (str(images.dtype), str(classes.dtype), str(weights.dtype)) == (
        "torch.float32", "torch.int64", "torch.float32",
    )  # fmt: skip
    assert set(classes.unique().tolist()) <= {0, 1, 2}
    assert weights.min() >= 1


def test_a_batch_depends_on_seed_and_iteration_only():
    crops = Crops([frame()], [], SETTINGS, Recipe(), None, ByQuantiles())
    first, again, other = crops.batch(5), crops.batch(5), crops.batch(6)
    for one, two in zip(first, again, strict=True):
        assert (one == two).all()
    assert not (first[0] == other[0]).all()
    assert not (first[0] == replace(crops, settings=replace(SETTINGS, seed=1)).batch(5)[0]).all()


def test_unknown_pixels_do_not_count():
    nothing = replace(frame(), known=np.zeros((200, 300), bool))
    assert (Crops([nothing], [], SETTINGS, Recipe(), None, ByQuantiles()).batch(0)[2] == 0).all()


def test_folders_are_drawn_by_the_root_of_their_length_and_complete_frames_more_often():
    frames = [frame("a", number, complete=number == 0) for number in range(9)] + [frame("b")]
    crops = Crops(frames, [], SETTINGS, Recipe(), None, ByQuantiles())
    rng = np.random.default_rng(0)
    drawn = Counter(crops._pick(rng).name for _ in range(4000))
    # nine frames three times as often as one
    assert abs(drawn["b/0"] / 4000 - 1 / 4) < 0.03
    # four times as often as each of eight others
    assert abs(drawn["a/0"] / 3000 - 4 / 12) < 0.06


def test_simulated_frames_have_their_share():
    crops = Crops(
        [frame("a")], [frame("simulated")], replace(SETTINGS, simulated_share=0.2), Recipe(), None, ByQuantiles()
    )
    rng = np.random.default_rng(0)
    drawn = Counter(crops._pick(rng).source for _ in range(4000))
    assert abs(drawn["simulated"] / 4000 - 0.2) < 0.03


@pytest.mark.parametrize(
    ("settings", "pixel_size_um", "of_frame_um", "expected"),
    [
        # cells of 20 px as large as they are, a third more or less
        ({}, None, None, {(0.75, 1.33)}),
        # at the model's pixel size, which is half of the frame's
        ({}, 0.5, 1.0, {(1.5, 2.66)}),
        # half of the crops from 10 to 40 px, the other half as the movie will be taken: as it is
        ({"diameter_px": (10, 40)}, None, None, {(0.44, 1.77), (0.75, 1.33)}),
        # or at the model's pixel size
        ({"diameter_px": (10, 40)}, 0.5, 1.0, {(0.44, 1.77), (1.5, 2.66)}),
    ],
)
def test_between_which_zooms_crops_are_drawn(settings, pixel_size_um, of_frame_um, expected):
    one = frame(pixel_size_um=of_frame_um)
    crops = Crops([one], [], replace(SETTINGS, **settings), Recipe(), pixel_size_um, ByQuantiles())
    rng = np.random.default_rng(0)
    drawn = {tuple(np.round(crops._zooms(one, rng), 2)) for _ in range(50)}
    assert len(drawn) == len(expected)
    np.testing.assert_allclose(sorted(drawn), sorted(expected), atol=0.011)


def test_on_a_partly_annotated_frame_crops_lie_at_its_cells():
    crops = Crops([frame(complete=False)], [], replace(SETTINGS, crop_px=32, batch=40), STILL, None, ByQuantiles())
    _, classes, _ = crops.batch(0)
    with_cells = (classes > 0).any(dim=(1, 2)).float().mean()
    assert with_cells > 0.9
