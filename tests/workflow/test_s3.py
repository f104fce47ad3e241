"""Movies, models and results in an S3-like store: a real server on loopback, spoken to by Snakemake's own plugin."""

import io
import logging

import boto3
import numpy as np
import pytest
import tifffile
from moto.server import ThreadedMotoServer
from pyarrow import parquet

IN_THE_STORE = ("--default-storage-provider", "s3", "--default-storage-prefix", "s3://lab/experiment")


@pytest.fixture
def store(monkeypatch):
    """The buckets of a server on loopback, whose address and keys a run finds in the environment."""
    # thousands of requests would bury what a failed test has to say
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {"ENDPOINT_URL": url, "ACCESS_KEY": "key", "SECRET_KEY": "secret"}.items():
        monkeypatch.setenv(f"SNAKEMAKE_STORAGE_S3_{name}", value)
    monkeypatch.setenv("no_proxy", host)
    yield boto3.resource(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    server.stop()


@pytest.fixture
def files(clean_checkout) -> tuple:
    """The arguments that say where the workflow is and how it runs."""
    return ("--snakefile", clean_checkout / "Snakefile", "--profile", clean_checkout / "profiles" / "local")


@pytest.fixture
def cells(tmp_path):
    """A movie of nine round cells that move to the right."""
    y, x = np.mgrid[:96, :96]
    at = 16 + 30 * np.mgrid[:3, :3].reshape(2, -1).T
    frames = [sum(2000 * np.exp(-((y - b) ** 2 + (x - a - 2 * t) ** 2) / 72) for b, a in at) for t in range(4)]
    tifffile.imwrite(
        tmp_path / "cells.tif", np.array(frames, dtype=np.uint16) + 100, imagej=True, metadata={"axes": "TYX"}
    )
    return tmp_path / "cells.tif"


def is_result(path: str) -> bool:
    """Whether a file below the results is what a user came for, the same in each run.

    The report and provenance.json say what their results were made of, of which nothing is kept in a store; maps name
    their model.
    """
    other = path.startswith(("logs/", "benchmarks/", "records/", ".lock")) or ".snakemake_timestamp" in path
    return not other and not path.endswith(("report.html", "provenance.json", "maps-0.zarr/zarr.json"))


def contents(path: str, data: bytes) -> object:
    """What a file holds: its bytes; of a table that says what it was made of its rows alone."""
    return parquet.read_table(io.BytesIO(data)).to_pylist() if path.endswith("/tracks.parquet") else data


def test_results_are_the_same_wherever_movies_models_and_results_lie(
    store, snakemake, files, sheet, cells, tmp_path, checkout
):
    raw = store.create_bucket(Bucket="raw")
    raw.upload_file(cells, "movies/cells.tif")
    for path in (checkout / "workflow/models/nuclei").iterdir():
        raw.upload_file(path, f"models/mine/{path.name}")
    sheet(movie=["cells"], path=["cells.tif"], pixel_size_um=["0.5"])
    here = snakemake(*files, "--config", "movies=movies.tsv", "results=here", cwd=tmp_path)
    assert here.returncode == 0, here.stdout
    sheet(movie=["cells"], path=["s3://raw/movies/cells.tif"], model=["s3://raw/models/mine"], pixel_size_um=["0.5"])
    cells.unlink()
    there = snakemake(*files, *IN_THE_STORE, "--config", "movies=movies.tsv", cwd=tmp_path)
    assert there.returncode == 0, there.stdout

    paths = {str(path.relative_to(tmp_path / "here")): path for path in (tmp_path / "here").rglob("*")}
    expected = {
        name: contents(name, path.read_bytes()) for name, path in paths.items() if path.is_file() and is_result(name)
    }
    prefix = "experiment/results/"
    objects = {one.key.removeprefix(prefix): one for one in store.Bucket("lab").objects.all()}
    assert "logs/infer/cells-0.log" in objects
    stored = {name: contents(name, one.get()["Body"].read()) for name, one in objects.items() if is_result(name)}
    assert len(stored) > 50
    assert stored == expected
    kept = [path for path in (tmp_path / ".snakemake" / "storage").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.suffix not in (".log", ".tsv")]

    again = snakemake(*files, *IN_THE_STORE, "--config", "movies=movies.tsv", cwd=tmp_path)
    assert "Nothing to be done" in again.stdout


def test_movies_that_cannot_be_read_or_are_not_there_are_named_when_results_lie_in_a_store(
    store, snakemake, files, sheet, cells
):
    here = cells.parent
    (here / "bad.tif").write_text("this is not an image")
    store.create_bucket(Bucket="raw")
    sheet(movie=["good", "bad", "gone"], path=["cells.tif", "bad.tif", "s3://raw/gone.tif"])
    result = snakemake(*files, *IN_THE_STORE, "--until", "preprocess", "--config", "movies=movies.tsv", cwd=here)
    assert result.returncode != 0
    assert "\nmovie bad: bad.tif: is not a TIFF; " in result.stdout
    assert "\nmovie gone: s3://raw/gone.tif: cannot be fetched: nothing is there, or no storage " in result.stdout
    keys = {one.key for one in store.Bucket("lab").objects.all()}
    assert "experiment/results/work/good/image.ome.zarr/zarr.json" in keys
    assert not [key for key in keys if "work/bad/" in key or "work/gone/" in key]
