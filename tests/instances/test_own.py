"""Label images of the user's own, as other programs write them, to labels and cells."""

import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr

from sidewinder.errors import UserError
from sidewinder.instances.block import BlockOutputs
from sidewinder.instances.own import take_labels
from sidewinder.movie.opening import open_movie
from sidewinder.store import open_stack, write_image

N_FRAMES, SHAPE = 4, (40, 50)


@pytest.fixture
def labels() -> np.ndarray:
    """Three cells a frame, whose numbers are large and differ from frame to frame; none in the last."""
    labels = np.zeros((N_FRAMES, *SHAPE), np.uint16)
    for frame in range(N_FRAMES - 1):
        for cell in range(3):
            labels[frame, 4 + frame : 12 + frame, 4 + 15 * cell : 12 + 15 * cell] = 700 - 200 * cell + frame
    return labels


@pytest.fixture
def movie(tmp_path):
    """A folder with a preprocessed movie of noise."""
    image = np.random.default_rng(0).integers(0, 900, (N_FRAMES, 1, *SHAPE)).astype(np.uint16)
    write_image(
        tmp_path / "image.ome.zarr", iter(image), n_frames=N_FRAMES, shape_cyx=(1, *SHAPE), dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP",), attributes={},
    )  # fmt: skip
    return tmp_path


def take(movie, source, block=0, n_blocks=1, frames=None):
    outputs = BlockOutputs(*(movie / f"{block}.{kind}" for kind in ("zarr", "parquet", "npy")))
    take_labels(
        source=str(movie / source), image=movie / "image.ome.zarr", outputs=outputs, block=block, n_blocks=n_blocks,
        measure={}, threads=1, frames=frames,
    )  # fmt: skip
    return open_stack(outputs.labels), pd.read_parquet(outputs.cells), np.load(outputs.uncertainty)


def save_frames(folder, labels, name="t{:03}.tif"):
    folder.mkdir()
    for frame, of_frame in enumerate(labels):
        tifffile.imwrite(folder / name.format(frame), of_frame)


def test_outlines_stay_and_numbers_begin_at_one(movie, labels):
    tifffile.imwrite(movie / "labels.tif", labels, photometric="minisblack")
    stack, cells, uncertainty = take(movie, "labels.tif")
    np.testing.assert_array_equal(stack.data[:] > 0, labels > 0)
    # in the order of the user's numbers: the cell on the right has the least
    assert [stack.data[0][8, x] for x in (8, 23, 38)] == [3, 2, 1]
    assert cells["frame"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert cells["label"].tolist() == [1, 2, 3] * 3
    assert (cells["area_px"] == 64).all()
    assert (uncertainty.shape, int(uncertainty.max())) == ((N_FRAMES, 2, 2), 0)


def test_three_frames_that_a_library_took_for_colours(movie, labels):
    image = np.zeros((3, 1, *SHAPE), np.uint16)
    write_image(
        movie / "image.ome.zarr", iter(image), n_frames=3, shape_cyx=(1, *SHAPE), dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP",), attributes={},
    )  # fmt: skip
    tifffile.imwrite(movie / "labels.tif", labels[:3], photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(take(movie, "labels.tif")[0].data[:] > 0, labels[:3] > 0)


def test_label_images_of_the_frames_that_are_taken(movie, labels):
    of_file = np.zeros((N_FRAMES + 2, *SHAPE), np.uint16)
    taken = [frame for frame in range(N_FRAMES + 2) if frame not in (1, 3)]
    of_file[taken] = labels
    of_file[[1, 3], 2:6, 2:6] = 1
    save_frames(movie / "masks", of_file)
    chosen = ",".join(map(str, taken))
    np.testing.assert_array_equal(take(movie, "masks", frames=chosen)[0].data[:] > 0, labels > 0)
    with pytest.raises(UserError, match=rf"masks: has no frame 99; the last of its {N_FRAMES + 2} frames is"):
        take(movie, "masks", frames="0,99")


def test_blocks_join_to_the_whole(movie, labels):
    tifffile.imwrite(movie / "labels.tif", labels, photometric="minisblack")
    stack, cells, _ = take(movie, "labels.tif")
    whole = stack.data[:]
    parts = [take(movie, "labels.tif", block, 3) for block in range(3)]
    np.testing.assert_array_equal(np.concatenate([stack.data[:] for stack, _, _ in parts]), whole)
    pd.testing.assert_frame_equal(pd.concat([part for _, part, _ in parts], ignore_index=True), cells)


def test_as_others_save_them(movie, labels):
    # StarDist's examples: a folder of TIFFs
    save_frames(movie / "stardist", labels)
    # Cellpose: beside its images, flows and sessions
    save_frames(movie / "cellpose", labels, "t{:03}_cp_masks.tif")
    for frame in range(N_FRAMES):
        tifffile.imwrite(movie / "cellpose" / f"t{frame:03}.tif", np.zeros(SHAPE, np.uint16))
        tifffile.imwrite(movie / "cellpose" / f"t{frame:03}_flows.tif", np.zeros((*SHAPE, 3), np.uint8))
        (movie / "cellpose" / f"t{frame:03}_seg.npy").write_bytes(b"a session")
    # TrackMate's label image: an ImageJ stack of 32-bit floats
    tifffile.imwrite(movie / "trackmate.tif", labels.astype(np.float32), imagej=True, metadata={"axes": "TYX"})
    # the Cell Tracking Challenge's results
    save_frames(movie / "01_RES", labels, "mask{:03}.tif")
    (movie / "01_RES" / "res_track.txt").write_text("1 0 2 0\n")
    # of which the movie is the frames alone
    assert open_movie(movie / "cellpose").shape == (N_FRAMES, 1, *SHAPE)
    expected, cells, _ = take(movie, "stardist")
    np.testing.assert_array_equal(expected.data[:] > 0, labels > 0)
    for source in ("cellpose", "trackmate.tif", "01_RES", "stardist/t*.tif"):
        stack, same, _ = take(movie, source)
        np.testing.assert_array_equal(stack.data[:], expected.data[:], err_msg=source)
        pd.testing.assert_frame_equal(same, cells)


def save_zarr(path, labels):
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.create_array("0", data=labels)
    axes = [{"name": name, "type": kind} for name, kind in (("t", "time"), ("y", "space"), ("x", "space"))]
    scale = {"type": "scale", "scale": [1, 1, 1]}
    multiscale = {"version": "0.4", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}
    group.attrs.update({"multiscales": [multiscale], "image-label": {"version": "0.4"}})


def test_labels_of_an_ome_zarr(movie, labels):
    save_zarr(movie / "image.zarr", labels[:, :1])
    save_zarr(movie / "image.zarr" / "labels" / "nuclei", labels)
    stack, _, _ = take(movie, "image.zarr")
    np.testing.assert_array_equal(stack.data[:] > 0, labels > 0)
    save_zarr(movie / "image.zarr" / "labels" / "other", 0 * labels)
    with pytest.raises(
        UserError, match=r"image.zarr: has 2 label images \(nuclei, other\); name one, such as .*nuclei"
    ):
        take(movie, "image.zarr")
    np.testing.assert_array_equal(take(movie, "image.zarr/labels/nuclei")[0].data[:], stack.data[:])


def test_a_mask_is_separated_and_a_label_in_pieces_is_not(movie, labels, caplog):
    labels[1] = 255 * (labels[1] > 0)
    labels[2][labels[2] > 0] -= 1
    labels[2][labels[2] == labels[2].max()] = labels[2].max() - 200
    tifffile.imwrite(movie / "labels.tif", labels, photometric="minisblack")
    _, cells, _ = take(movie, "labels.tif")
    assert cells.groupby("frame")["area_px"].apply(list).to_dict() == {0: [64] * 3, 1: [64] * 3, 2: [64, 128]}
    assert "1 frames (the first: 1) hold one value only, in several pieces: they are masks" in caplog.text
    assert "in 1 frames (the first: 2) a label lies in several pieces; each label stays one cell" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels[:3], "labels.tif: has 3 label images, but the movie has 4 frames; expected one"),
        (lambda labels: labels[:, ::2], r"are 20 x 50 px \(height x width\), but the movie's frames are 40 x 50 px"),
        (lambda labels: labels / np.float32(1000), "labels.tif, frame 0: labels are whole .* not probabilities"),
        (lambda labels: labels.astype(np.int16) - 5, "labels.tif, frame 0: labels are whole numbers .* found -5"),
        (lambda labels: np.stack([labels, labels], 1), "labels.tif: has 2 channels; expected label images"),
    ],
    ids=["frames", "sides", "probabilities", "negative", "channels"],
)
def test_what_are_no_labels_of_the_movie_is_refused(movie, labels, change, message):
    changed = change(labels)
    axes = "TCYX" if changed.ndim == 4 else "TYX"
    tifffile.imwrite(movie / "labels.tif", changed, metadata={"axes": axes}, ome=True)
    with pytest.raises(UserError, match=message):
        take(movie, "labels.tif")
    assert not (movie / "0.zarr").exists()
    assert not (movie / "0.parquet").exists()


@pytest.mark.parametrize("name", ["sessions", "sessions/t000_seg.npy"])
def test_sessions_of_cellpose_are_not_opened(movie, name):
    (movie / "sessions").mkdir()
    (movie / "sessions" / "t000_seg.npy").write_bytes(b"a session")
    with pytest.raises(UserError, match=f"{name}: is a session of Cellpose .* save the masks as TIFF"):
        take(movie, name)


def test_labels_that_are_not_there_are_named(movie):
    with pytest.raises(UserError, match="gone: no such file or folder"):
        take(movie, "gone")


def test_labels_are_cut_off_where_there_are_no_data(movie, labels):
    image = np.random.default_rng(0).normal(900, 9, (N_FRAMES, 1, *SHAPE)).astype(np.float32)
    image[1, :, :, :20] = np.nan
    write_image(
        movie / "image.ome.zarr", iter(image), n_frames=N_FRAMES, shape_cyx=(1, *SHAPE), dtype=np.float32,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP",), attributes={"no_data": [1]},
    )  # fmt: skip
    tifffile.imwrite(movie / "labels.tif", labels, photometric="minisblack")
    stack, cells, _ = take(movie, "labels.tif")
    # of the cell on the left nothing is left, of the one in the middle all but two columns and the one beside them
    assert cells["frame"].tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert cells.query("frame == 1")["area_px"].tolist() == [64, 48]
    assert cells["touches_border"].tolist() == [False] * 4 + [True] + [False] * 3
    assert np.isfinite(cells["mean_GFP"]).all()
    np.testing.assert_array_equal(stack.data[1] > 0, (labels[1] > 0) & (np.arange(SHAPE[1]) > 20))
