"""The container image: refused where Snakemake could not use it."""

from pathlib import Path

import pytest

from sidewinder.cluster.container import image
from sidewinder.errors import UserError


def test_the_path_of_an_image_stays_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sidewinder.sif").touch()
    assert image(Path("sidewinder.sif")) == "sidewinder.sif"


@pytest.mark.case("machine", "a container image that was not built")
def test_an_image_that_was_not_built_is_refused_with_the_command(tmp_path):
    with pytest.raises(UserError, match=r"no container image .*: apptainer build envs/a\.sif envs/a\.def$"):
        image(tmp_path / "a.sif")


def test_a_path_with_a_blank_is_refused(tmp_path):
    path = tmp_path / "my lab" / "a.sif"
    path.parent.mkdir()
    path.touch()
    with pytest.raises(UserError, match="there is a blank in .*my lab/a.sif"):
        image(path)
