"""What a run makes again: what has changed, and nothing that was only copied, touched, forgotten or renamed."""

import os
import shutil
from pathlib import Path

from running import Stubbed, stub_scripts

STAGES = set("preprocess/b infer/b/0 instances/b/0 track/b plausibility/b publish/b overlay/b report/b".split())
# of a movie that has another name
OF_NAME = set("track/d plausibility/d publish/d overlay/d report/d".split())


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_movie_is_made_again_if_it_has_changed_whatever_times_and_hidden_records_say(clean_checkout, tmp_path):
    checkout = stub_scripts(Path(shutil.copytree(clean_checkout, tmp_path / "checkout", symlinks=True)))
    run = Stubbed(checkout, tmp_path, arguments=("--config", "movies=movies.tsv", "exports=[]"))
    run.movies("a", "b", "c")
    assert run.run().returncode == 0
    first = len(run.ran())

    # as a copy and a quota leave it: what was made of another file is older than it
    shutil.rmtree(tmp_path / ".snakemake")
    files = [*(tmp_path / "results").rglob("*"), *tmp_path.glob("[ab].tif")]
    now_s = (tmp_path / "results").stat().st_mtime
    for place, path in enumerate(sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)):
        os.utime(path, (now_s + place / 1000,) * 2)
    (tmp_path / "b.tif").write_text("another movie, with an older date")
    os.utime(tmp_path / "b.tif", (0, 0))
    run.sheet("movies.tsv", *({"movie": name, "path": f"{path}.tif"} for name, path in ("aa", "bb", "dc")))

    before = contents(tmp_path / "results")
    said = [
        "movie d: its raw data and settings are those of c, which the sheet no longer has: c's network maps are used",
        "movie b: its raw data have changed (the file has changed): it is computed again",
    ]
    plan = run.run("-n", *(f"results/{movie}/overlay.png" for movie in "abd"))
    assert [line for line in plan.stdout.splitlines() if line.startswith("movie ")] == said, plan.stdout
    # a dry run lists those jobs alone that a run would have
    assert [line.split() for line in plan.stdout.splitlines() if line.startswith("infer ")] == 2 * [["infer", "1"]]
    assert contents(tmp_path / "results") == before
    result = run.run()
    assert result.returncode == 0, result.stdout
    assert set(said) < set(result.stdout.splitlines())
    assert {job["name"] for job in run.ran()[first:]} - {"experiment", "report_all"} == STAGES | OF_NAME
