"""What the page shows of corrections: pictures of frames before and after, the path of the stage."""

import base64
import io

import numpy as np
from PIL import Image

from reported import CORRECTED, FLAT, N_FRAMES, reported
from sidewinder.preprocess.light import light_of
from sidewinder.report.movie import corrected
from sidewinder.report.movie.images import Contrast
from sidewinder.store import open_image


def picture(address: str) -> np.ndarray:
    head, _, text = address.partition(",")
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("L")).astype(float)


def test_frames_before_and_after_with_the_flat_field(tmp_path):
    made = reported(tmp_path, **CORRECTED)
    light = made.facts["corrections"]["light"]
    # frame 0 is no image
    assert light["frames"] == [1, 7, 13]
    image = open_image(tmp_path / "movie.ome.zarr")
    raw = [image.data[frame, 0].astype(float) for frame in light["frames"]]
    fitting = light_of(image, [0])
    after = [fitting.correct(grey[None], frame)[0] for frame, grey in zip(light["frames"], raw, strict=True)]
    for shown, frames in ((light["before"], raw), (light["after"], after)):
        low, high = np.percentile(np.concatenate([frame[::3, ::3].ravel() for frame in frames]), (0.1, 99.95))
        for address, frame in zip(shown, frames, strict=True):
            assert np.abs(picture(address) - Contrast(low, high).apply(frame)).mean() < 4
    # where light falls off, the background is corrected upwards; before, both sides are alike
    before, later = picture(light["before"][1]), picture(light["after"][1])
    left, right = np.s_[70:, 2:10], np.s_[70:, 86:94]
    assert abs(before[left].mean() - before[right].mean()) < 8 < later[left].mean() - later[right].mean()
    flat = light["flat_field"]
    assert (flat["low"], flat["high"]) == (0.5, 1.5)
    assert np.abs(picture(flat["picture"]) - Contrast(0.5, 1.5).apply(FLAT[0])).mean() < 3


def test_the_path_of_the_stage(tmp_path, monkeypatch):
    drift = reported(tmp_path, **CORRECTED).facts["corrections"]["drift"]
    assert drift == {"frames": list(range(N_FRAMES)), **CORRECTED["attributes"]["drift"]}
    monkeypatch.setattr(corrected, "MOST_PLACES", 7)
    few = corrected.facts_of_corrections(open_image(tmp_path / "movie.ome.zarr"), 0)["drift"]
    assert few["frames"] == [0, 2, 4, 6, 8, 10, 12]
    assert few["yx_px"][-1] == [6.0, -12.0]


def test_nothing_of_what_was_not_corrected(tmp_path):
    assert reported(tmp_path).facts["corrections"] == {"light": None, "drift": None}
    attributes = {"light": CORRECTED["attributes"]["light"]}
    light = reported(tmp_path, attributes=attributes).facts["corrections"]["light"]
    assert light["flat_field"] is None
    # the last frame has half the contrast of the others, in its raw grey values and not in those that are seen
    assert picture(light["after"][2])[73, 73] >= picture(light["before"][2])[73, 73]
