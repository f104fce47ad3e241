"""A model as a package of the BioImage Model Zoo, by the zoo's own tests."""

import zipfile

import numpy as np
import pytest
import torch

from faults_disk import small_disk
from sidewinder.errors import UserError
from sidewinder.exchange.network import load_package
from sidewinder.exchange.package import write_package
from sidewinder.model import load_model, save_model
from sidewinder.normalization import ByBackground, ByQuantiles
from sidewinder.unet import Architecture, UNet

# networks are exported, and run by the zoo's library: seconds each
pytestmark = pytest.mark.slow


@pytest.fixture(params=[ByQuantiles(), ByBackground()], ids=["by quantiles", "by background"])
def model(request, tmp_path):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4))
    with torch.no_grad():
        for _ in range(5):
            network(torch.rand(2, 1, 64, 64))
    classes = ("background", "cell", "border")
    save_model(tmp_path / "mine", network.eval(), request.param, classes, {"pixel_size_um": 0.35})
    return tmp_path / "mine"


def test_the_zoo_s_own_test_passes(model, tmp_path):
    from bioimageio.core import test_model

    write_package(model, tmp_path / "mine.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "mine.zip"]
    summary = test_model(tmp_path / "mine.zip", devices=["cpu"])
    assert summary.status == "passed", summary.format()


def test_others_get_what_we_get(model, tmp_path):
    from bioimageio.core import create_prediction_pipeline, load_model_description
    from bioimageio.core.digest_spec import create_sample_for_model

    write_package(model, tmp_path / "mine.zip")
    description = load_model_description(tmp_path / "mine.zip")
    assert [axis.scale for axis in description.inputs[0].axes[-2:]] == pytest.approx([0.35, 0.35])
    assert description.outputs[0].axes[1].channel_names == ["background", "cell", "border"]
    image = np.random.default_rng(1).poisson(50, (1, 1, 96, 128)).astype(np.float32)
    # a copy, for it is scaled in place
    sample = create_sample_for_model(description, inputs={"image": image.copy()})
    with create_prediction_pipeline(description) as pipeline:
        pipeline.apply_preprocessing(sample)
    with zipfile.ZipFile(tmp_path / "mine.zip") as package:
        weights = torch.jit.load(package.open("weights.pt"))
    loaded = load_model(model)
    if isinstance(loaded.normalization, ByBackground):
        low, high = loaded.normalization.limits_of(image)
    else:
        # between two values by a straight line, as the zoo's library
        low, high = np.percentile(image, (1.0, 99.8))
    with torch.inference_mode():
        theirs = weights(torch.from_numpy(np.asarray(sample.members["image"].data.data)))
        normalised = loaded.normalization.apply(torch.from_numpy(image), low, high)
        ours = torch.softmax(loaded.network(normalised), dim=1)
    np.testing.assert_allclose(theirs.numpy(), ours.numpy(), atol=1e-5)


@pytest.mark.parametrize("model", [ByBackground()], indirect=True)
def test_a_package_by_background_is_given_each_window_by_itself(model, tmp_path):
    write_package(model, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as package:
        assert (
            "background of a whole movie; here it is that of each image or tile" in package.read("README.md").decode()
        )
    loaded, packaged = load_model(model), load_package(tmp_path / "mine.zip")
    windows = np.random.default_rng(1).poisson([[[[50]]], [[[900]]]], (2, 1, 96, 128)).astype(np.float32)
    prepare = packaged.network.preparing(torch.from_numpy(windows[0].reshape(1, 1, -1)))
    with torch.inference_mode():
        found = packaged.network(prepare(torch.from_numpy(windows))).exp()
        for image, maps in zip(windows, found, strict=True):
            normalised = loaded.normalization.apply(image[None], *loaded.normalization.limits_of(image))
            expected = torch.softmax(loaded.network(torch.from_numpy(normalised)), dim=1)[0]
            np.testing.assert_allclose(maps.numpy(), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("model", [ByQuantiles()], indirect=True)
def test_a_full_disk_ends_in_an_error_and_not_in_the_end_of_the_process(model, tmp_path):
    with small_disk(tmp_path / "small", size_mb=1) as disk:
        (disk.folder / "results").mkdir()
        disk.fill(2)
        with pytest.raises(OSError, match="No space left"):
            write_package(model, disk.folder / "results" / "mine.zip")
        assert list((disk.folder / "results").iterdir()) == []


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(UserError, match="card.yaml: cannot be read"):
        write_package(tmp_path, tmp_path / "mine.zip")
    assert not (tmp_path / "mine.zip").exists()
