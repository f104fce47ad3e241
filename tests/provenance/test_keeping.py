"""The records of jobs: when they are there, and what they say."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from sidewinder.errors import UserError
from sidewinder.fingerprint import digest_of
from sidewinder.provenance.keeping import VARIABLE, recorded
from sidewinder.provenance.record import read_record

RECORD = Path("results/records/preprocess/a.json")


def test_a_record_says_what_was_read_and_how(experiment):
    experiment.make()
    record = read_record(RECORD)
    assert {name: one.digest for name, one in record.sources["raw"].items()} == {
        f"t{frame}.tif": digest_of(f"frames/t{frame}.tif") for frame in range(3)
    }
    of_sheet = dict.fromkeys(["position", "frames", "z", "region", "settings"])
    assert record.settings == of_sheet | {"channel": "0"}
    assert {"python", "sidewinder", "numpy", "torch"} <= record.versions.keys()
    track = read_record(Path("results/records/track/b.json"))
    assert list(track.before) == ["instances/b-0", "instances/b-1"]
    assert all(track.before.values())
    assert list(read_record(Path("results/records/infer/b-1.json")).before) == ["preprocess/b"]
    assert list(read_record(Path("results/records/evaluate/b.json")).sources["truth"]) == ["TRA/man_track.txt"]


def test_a_record_has_the_digests_of_what_was_published_and_of_nothing_else(experiment):
    outputs = ("results/a/tracks.csv", "results/work/a/repairs.parquet")
    with recorded(experiment.job("track", "a", outputs=outputs)):
        for output in map(Path, outputs):
            output.parent.mkdir(parents=True)
            output.write_text("made")
    assert read_record(Path("results/records/track/a.json")).files == {"tracks.csv": digest_of(outputs[0])}


def test_while_a_job_runs_and_after_it_failed_there_is_no_record(experiment):
    experiment.make("preprocess")
    assert RECORD.is_file()
    with suppress(RuntimeError), recorded(experiment.job("preprocess", "a")):
        assert not RECORD.exists()
        raise RuntimeError
    assert not RECORD.exists()
    # and a mark that it did not end
    assert sorted(path.name for path in RECORD.parent.iterdir()) == ["a.begun", "b.json"]


def test_what_a_killed_process_left_of_a_record_goes_with_the_next_one(experiment):
    RECORD.parent.mkdir(parents=True)
    RECORD.with_name(".a.json.tmp").write_text("half")
    experiment.make("preprocess")
    assert sorted(path.name for path in RECORD.parent.iterdir()) == ["a.json", "b.json"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: Path("frames/t3.tif").touch(), "1 file added: t3.tif"),
        pytest.param(
            lambda: Path("frames/t1.tif").write_text("other"),
            "1 file changed: t1.tif",
            marks=pytest.mark.case("raw data", "a file is replaced while the movie is read"),
        ),
        (lambda: Path("frames/t1.tif").unlink(), "1 file removed: t1.tif"),
    ],
)
def test_raw_data_that_change_while_they_are_read_are_an_error(experiment, change, expected):
    with pytest.raises(UserError) as caught, recorded(experiment.job("preprocess", "a")):
        change()
    said = f"frames has changed while it was read: {expected}; start again once all of its files are there"
    assert str(caught.value).startswith(said)
    assert not RECORD.exists()


def test_where_no_records_are_kept_none_is_written(experiment, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    experiment.make()
    assert not Path("results").exists()


def test_a_record_that_was_altered_or_cut_off_says_nothing(experiment):
    experiment.make("preprocess")
    text = RECORD.read_text()
    RECORD.write_text(text[: len(text) // 2])
    assert read_record(RECORD) is None
    held = json.loads(text)
    held["settings"]["channel"] = "1"
    RECORD.write_text(json.dumps(held))
    assert read_record(RECORD) is None
    assert read_record(Path("none.json")) is None
