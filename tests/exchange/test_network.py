"""Packages of others, run over movies: against the zoo's own library, and whatever the tiles."""

import numpy as np
import pytest
import torch
import zarr
from bioimageio.core import predict
from bioimageio.spec.model import v0_5 as spec

from sidewinder.errors import UserError
from sidewinder.exchange.network import load_package
from sidewinder.exchange.package import write_package
from sidewinder.exchange.processing import before
from sidewinder.infer.movie import infer_movie
from sidewinder.store import open_stack, write_image

COMMON = {"block": 0, "n_blocks": 1, "tile": "auto", "device": "cpu", "gpu_asked": False, "threads": 1}
# the convolution of the packages reaches two pixels, and they and we see different things behind a frame's edge
INSIDE = np.s_[..., 4:-4, 4:-4]
SCALED = spec.ScaleRangeDescr(
    kwargs=spec.ScaleRangeKwargs(axes=[spec.AxisId("y"), spec.AxisId("x")], min_percentile=1.5, max_percentile=99.3)
)
STANDARDISED = spec.ZeroMeanUnitVarianceDescr(kwargs=spec.ZeroMeanUnitVarianceKwargs(axes=["channel", "y", "x"]))
FIXED = spec.FixedZeroMeanUnitVarianceDescr(
    kwargs=spec.FixedZeroMeanUnitVarianceAlongAxisKwargs(
        mean=[90.0, 80.0], std=[20.0, 30.0], axis=spec.AxisId("channel")
    )
)

# networks are exported: seconds each
pytestmark = pytest.mark.slow

LINEAR = spec.ScaleLinearDescr(kwargs=spec.ScaleLinearKwargs(gain=0.02, offset=-1.0))
CLIPPED = spec.ClipDescr(kwargs=spec.ClipKwargs(min=0.0, max=1.0))
BY_QUANTILE = spec.ClipDescr(kwargs=spec.ClipKwargs(max_percentile=90.0, axes=["y", "x"]))
WHOLE = spec.EnsureDtypeDescr(kwargs=spec.EnsureDtypeKwargs(dtype="int32"))
FLOAT = spec.EnsureDtypeDescr(kwargs=spec.EnsureDtypeKwargs(dtype="float32"))
HALVES = spec.BinarizeDescr(kwargs=spec.BinarizeKwargs(threshold=100.0))


@pytest.fixture
def movie(tmp_path):
    """Writes a movie and returns its frames (T, C, Y, X)."""

    def make(n_frames=1, n_channels=1, side=(64, 64), pixel_size_um=None):
        frames = np.random.default_rng(2).gamma(4, 25, size=(n_frames, n_channels, *side)).astype(np.uint16)
        names = tuple(f"c{index}" for index in range(n_channels))
        write_image(
            tmp_path / "image.ome.zarr", iter(frames), n_frames=n_frames, shape_cyx=frames.shape[1:],
            dtype=np.uint16, pixel_size_um=pixel_size_um, frame_interval_s=None, channel_names=names, attributes={},
        )  # fmt: skip
        return frames

    return make


def maps(package, name="maps.zarr", channel="0", **changes):
    """What the stage makes of the movie, from 0 to 1."""
    infer_movie(package.parent / "image.ome.zarr", package, package.parent / name, channel=channel, **COMMON | changes)
    return open_stack(package.parent / name).data[:] / 255


def theirs(package, frame, order="bcyx"):
    """What the zoo's library makes of a frame (C, Y, X), as (K, Y, X)."""
    image = frame[None].astype(np.float32).transpose(["bcyx".index(letter) for letter in order])
    predicted = predict(model=package, inputs={"image": image}).members["maps"].data.data
    return np.asarray(predicted).transpose([order.index(letter) for letter in "bcyx"])[0]


@pytest.mark.parametrize(
    ("package", "n_channels"),
    [
        ({"preprocessing": [SCALED]}, 1),
        ({"preprocessing": [SCALED], "kind": "onnx"}, 1),
        ({"preprocessing": [STANDARDISED], "order": "byxc"}, 1),
        ({"preprocessing": [WHOLE, LINEAR, CLIPPED], "name": "folder"}, 1),
        ({"preprocessing": [BY_QUANTILE, LINEAR]}, 2),
        ({"preprocessing": [FIXED], "order": "bxyc"}, 2),
        ({"preprocessing": [HALVES, FLOAT]}, 1),
    ],
    ids=["scaled", "onnx", "channel last", "folder", "clipped", "turned", "binary"],
)
def test_maps_are_those_of_the_zoo_s_library(make_package, movie, package, n_channels):
    (frame,) = movie(n_channels=n_channels)
    # without a halo their library does not pad, and takes quantiles of the frame as it is
    path = make_package(**package, n_in=n_channels, halo=0)
    foreground, boundary = theirs(path, frame, package.get("order", "bcyx"))
    (ours,) = maps(path, channel=",".join(map(str, range(n_channels))))
    np.testing.assert_allclose(ours.sum(0)[INSIDE], foreground[INSIDE], atol=0.005)
    np.testing.assert_allclose(ours[1][INSIDE], np.minimum(boundary, foreground)[INSIDE], atol=0.003)


@pytest.mark.parametrize(
    "step", [SCALED, STANDARDISED, FIXED, LINEAR, CLIPPED, BY_QUANTILE, HALVES], ids=lambda s: s.id
)
def test_constants_follow_the_values_to_their_device(step):
    prepare = before("theirs", [step], torch.rand(2, 1, 100))
    # a device that refuses what lies on another, as a GPU does
    assert prepare(torch.zeros(3, 2, 8, 8, device="meta")).shape == (3, 2, 8, 8)


def test_three_classes_are_taken_as_they_are(make_package, movie):
    (frame,) = movie()
    softmax = spec.SoftmaxDescr(kwargs=spec.SoftmaxKwargs(axis=spec.AxisId("channel")))
    path = make_package(
        preprocessing=[SCALED], postprocessing=[softmax], channels=("border", "background", "nuclei"), halo=0
    )
    border, _, cell = theirs(path, frame)
    (ours,) = maps(path)
    np.testing.assert_allclose(ours[INSIDE], np.stack([cell, border])[INSIDE], atol=0.003)


def test_a_foreground_alone_has_no_border(make_package, movie):
    (frame,) = movie()
    path = make_package(preprocessing=[SCALED], channels=("whatever",), halo=0)
    (ours,) = maps(path)
    np.testing.assert_allclose(ours[0][INSIDE], theirs(path, frame)[0][INSIDE], atol=0.003)
    assert not ours[1].any()


@pytest.mark.parametrize(
    ("size", "side"),
    [(None, (150, 203)), (48, (150, 203)), (11, (31, 52))],
    ids=["any", "fixed", "hardly larger than its halos"],
)
def test_tiles_and_blocks_change_nothing(make_package, movie, size, side):
    movie(n_frames=3, side=side)
    path = make_package(preprocessing=[STANDARDISED], size=size)
    whole = maps(make_package("whole.zip", preprocessing=[STANDARDISED]), "whole.zarr")
    tiled = maps(path, "tiled.zarr", tile=48)
    np.testing.assert_array_equal(tiled, whole)
    second = maps(path, "second.zarr", tile=48, block=1, n_blocks=3)
    np.testing.assert_array_equal(second, whole[1:2])


@pytest.mark.parametrize("size", [128, spec.ParameterizedSize(min=100, step=9)], ids=["fixed", "minimum"])
def test_frames_smaller_than_a_window_are_mirrored(make_package, movie, size):
    (frame,) = movie(side=(40, 57))
    (ours,) = maps(make_package(preprocessing=[SCALED], size=size))
    foreground, _ = theirs(
        make_package("any.zip", preprocessing=[SCALED], halo=0, size=spec.ParameterizedSize(min=1, step=1)), frame
    )
    np.testing.assert_allclose(ours.sum(0)[INSIDE], foreground[INSIDE], atol=0.005)


def test_the_pixel_size_of_the_axes_is_the_model_s(make_package):
    assert load_package(make_package(unit={"unit": "nanometer", "scale": 500.0})).pixel_size_um == pytest.approx(0.5)
    assert load_package(make_package("none.zip")).pixel_size_um is None


@pytest.mark.case("package", "maps that are no probabilities")
def test_values_that_are_no_probabilities_are_refused(make_package, movie):
    movie()
    path = make_package(preprocessing=[LINEAR], postprocessing=[])
    with pytest.raises(UserError, match=r"theirs\.zip: its maps have values from .* a sigmoid or a softmax is missing"):
        maps(path)


def test_other_numbers_of_channels_are_refused(make_package, movie):
    movie(n_channels=2)
    with pytest.raises(UserError, match="the model takes 1 channels, and the sheet names 2"):
        maps(make_package(), channel="0,1")


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        pytest.param(
            {"channels": ("a", "b", "c", "d")},
            "output channels a, b, c, d; models that give foreground",
            marks=pytest.mark.case("package", "output that Sidewinder cannot use"),
        ),
        ({"postprocessing": [spec.ScaleRangeDescr()]}, "scale_range behind the network"),
        ({"postprocessing": [BY_QUANTILE]}, "clip behind the network"),
        ({"maps_scale": 2.0, "halo": 2}, "its maps are of another size than its image"),
    ],
)
def test_what_cannot_be_used_is_said(make_package, package, expected):
    with pytest.raises(UserError, match=expected):
        load_package(make_package(**package))


@pytest.mark.case("package", "weights of the package are missing")
def test_damaged_packages_are_refused(make_package, tmp_path):
    (tmp_path / "text.zip").write_text("no package")
    with pytest.raises(UserError, match=r"text\.zip: is no zip file that can be read"):
        load_package(tmp_path / "text.zip")
    folder = make_package("folder")
    (folder / "weights.pt").write_bytes(b"damaged")
    with pytest.raises(UserError, match="folder: "):
        load_package(folder)
    package = make_package("bytes.zip")
    data = bytearray(package.read_bytes())
    place = data.index(b"weights.pt") + 500
    data[place : place + 50] = b"\xff" * 50
    package.write_bytes(data)
    with pytest.raises(UserError, match=r"bytes\.zip: .* download or copy the package again"):
        load_package(package)
    (folder / "weights.pt").unlink()
    with pytest.raises(UserError, match="folder: "):
        load_package(folder)


def test_our_own_package_does_what_its_model_does(movie, tmp_path, checkout):
    frames = movie(n_frames=2, side=(224, 256))
    statistics = [{"channel": "c0", "quantiles": {"1": np.percentile(frames, 1), "99.8": np.percentile(frames, 99.8)}}]
    zarr.open_group(tmp_path / "image.ome.zarr").attrs["sidewinder"] |= {"statistics": statistics}
    # by quantiles of the movie: one by the background knows but its window (test_package.py)
    model = checkout / "workflow" / "models" / "phase"
    write_package(model, tmp_path / "ours.zip")
    infer_movie(tmp_path / "image.ome.zarr", model, tmp_path / "folder.zarr", channel="0", **COMMON)
    # of frames as large as the package's smallest window both mirror by the grid, so that edges are alike, too
    np.testing.assert_allclose(
        maps(tmp_path / "ours.zip"), open_stack(tmp_path / "folder.zarr").data[:] / 255, atol=0.01
    )


OLDER = """\
format_version: 0.4.9
type: model
name: Theirs
description: A convolution
authors: [{name: Somebody}]
cite: [{text: None, doi: 10.1000/xyz123}]
license: MIT
documentation: README.md
covers: []
tags: [unet]
timestamp: 2022-01-01T00:00:00
test_inputs: [image.npy]
test_outputs: [maps.npy]
inputs:
- name: image
  axes: bcyx
  data_type: float32
  data_range: [-.inf, .inf]
  shape: {min: [1, 1, 16, 16], step: [0, 0, 8, 8]}
  preprocessing: [{name: zero_mean_unit_variance, kwargs: {mode: per_sample, axes: cyx}}]
outputs:
- name: maps
  axes: bcyx
  data_type: float32
  data_range: [0, 1]
  halo: [0, 0, 4, 4]
  shape: {reference_tensor: image, scale: [1, 0, 1, 1], offset: [0, 1, 0, 0]}
  postprocessing: [{name: sigmoid}]
weights: {torchscript: {source: weights.pt}}
"""


def test_an_older_description_is_understood(make_package, movie):
    movie(side=(50, 90))
    newer = maps(make_package("folder", preprocessing=[STANDARDISED]))
    folder = make_package("older", preprocessing=[STANDARDISED])
    for path in folder.glob("*.yaml"):
        path.unlink()
    (folder / "rdf.yaml").write_text(OLDER)
    np.testing.assert_array_equal(maps(folder, "older.zarr"), newer)
