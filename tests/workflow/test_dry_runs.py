"""What the workflow plans: from a clean checkout, from elsewhere, on a cluster, for any names of movies."""

import re

import pytest

STAGES = "simulate preprocess infer instances track plausibility publish ctc geff overlay report evaluate".split()


def planned(output: str) -> dict[str, int]:
    """How many jobs of each rule a dry run plans."""
    table = output.split("Job stats:")[1].split("\n\n")[0]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


@pytest.mark.parametrize("profile", [[], ["--profile", "slurm"], ["--profile", "profiles/local"]], ids=" ".join)
def test_a_clean_checkout_plans_the_example(snakemake, clean_checkout, profile):
    result = snakemake("-n", *profile, cwd=clean_checkout)
    assert result.returncode == 0, result.stdout
    of_all = dict.fromkeys(("experiment", "report_all", "everything"), 1)
    assert planned(result.stdout) == dict.fromkeys(STAGES, 3) | of_all | {"total": 39}


def test_the_explorer_needs_no_more_than_its_movie_and_the_model(snakemake, clean_checkout):
    result = snakemake("-n", "--cores", 1, "explorer", cwd=clean_checkout)
    assert result.returncode == 0, result.stdout
    assert planned(result.stdout) == {"simulate": 1, "preprocess": 1, "explorer": 1, "total": 3}
    chosen = ("--config", "explorer={movie: nobody}")
    result = snakemake("-n", "--cores", 1, "explorer", *chosen, cwd=clean_checkout)
    assert result.returncode != 0
    assert "there is no movie nobody in config/movies.tsv" in result.stdout


def test_a_movie_alone_and_a_part_of_the_sheet(snakemake, clean_checkout, tmp_path, sheet):
    """Neither writes the tables of all movies."""
    sheet(movie=["a", "b"], path=["gone.tif"] * 2, exports=["none", "ctc"], within=["", "a"])
    files = ("--snakefile", clean_checkout / "Snakefile", "--directory", tmp_path, "--cores", 1, "-n")
    settings = ("--config", "movies=movies.tsv")
    alone = snakemake(*files, "movies/a", *settings, cwd=tmp_path)
    assert alone.returncode == 0, alone.stdout
    own = ("preprocess", "infer", "instances", "track", "plausibility", "publish", "overlay", "report")
    stages = dict.fromkeys(own, 1)
    assert planned(alone.stdout) == stages | {"total": 9}
    (tmp_path / "results" / "c").mkdir(parents=True)
    (tmp_path / "results" / "c" / "tracks.parquet").touch()
    (tmp_path / "results" / "summary.csv").write_text("movie\nc\n")
    part = snakemake(*files, *settings, cwd=tmp_path)
    assert "1 movie is in results/experiment.parquet and not in the sheet (c): " in part.stdout
    assert planned(part.stdout) == {stage: 2 for stage in stages} | {
        "ctc": 1,
        "within": 1,
        "everything": 1,
        "total": 19,
    }


def test_it_runs_from_another_folder_with_a_sheet_and_a_config_of_its_own(snakemake, clean_checkout, tmp_path, sheet):
    sheet(movie=["a", "b"], path=["gone.tif"] * 2, blocks=["2", ""])
    (tmp_path / "my.yaml").write_text("exports: [geff, trackmate, napari, video]\ntrack: {max_gap_frames: 1}\n")
    result = snakemake(
        *("--snakefile", clean_checkout / "Snakefile", "--directory", tmp_path, "--configfile", tmp_path / "my.yaml"),
        *("--profile", clean_checkout / "profiles" / "local", "-n", "--config", "movies=movies.tsv", "results=out"),
        cwd=clean_checkout.parent,
    )
    assert result.returncode == 0, result.stdout
    exports = ("geff", "trackmate", "napari", "video")
    stages = dict.fromkeys(("preprocess", "track", "plausibility", "publish", *exports, "overlay", "report"), 2)
    assert planned(result.stdout) == stages | {
        "infer": 3,
        "instances": 3,
        "experiment": 1,
        "report_all": 1,
        "everything": 1,
        "total": 29,
    }
    assert not list(tmp_path.glob("out"))


def test_blocks_are_of_their_own_movie_whatever_its_name(snakemake, clean_checkout, tmp_path, sheet):
    # names that one could take for a block of each other, or for an ending
    n_blocks = {"a": "2", "a-0": "1", "a.b": "3", "0": "1"}
    movies = sheet(movie=list(n_blocks), path=["gone.tif"] * 4, blocks=list(n_blocks.values()))
    files = ("--snakefile", clean_checkout / "Snakefile", "--directory", tmp_path)
    result = snakemake(*files, "--cores", 1, "--dag", "--config", f"movies={movies}", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    labels = dict(re.findall(r'(\d+)\[label = "([^"]+)"', result.stdout))
    edges = re.findall(r"(\d+) -> (\d+)", result.stdout)

    def before(job: str, rule: str) -> list[str]:
        return [start for start, end in edges if end == job and labels[start].startswith(rule)]

    seen = {}
    for track in (job for job, label in labels.items() if label == "track"):
        (image,) = before(track, "preprocess")
        infer = [job for instances in before(track, "instances") for job in before(instances, "infer")]
        assert [before(job, "preprocess") for job in infer] == [[image]] * len(infer)
        seen[labels[image].removeprefix(r"preprocess\nmovie: ")] = {labels[job] for job in infer}
    assert seen == {
        movie: {rf"infer\nblock: {block}" for block in range(int(count))} for movie, count in n_blocks.items()
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["results/typo/tracks.csv"], "there is no movie typo in config/movies.tsv"),
        (["--config", "movies=gone.tsv"], "the sheet of movies gone.tsv does not exist (looked for in "),
        (["--config", "infer={tiles: 3}"], "config/config.yaml: there is no key infer.tiles; did you mean infer.tile?"),
        (["--config", "model=gone"], "config: model: 'gone' is no model: there is no folder workflow/models/gone; "),
    ],
    ids=["target", "sheet", "key", "model"],
)
def test_mistakes_end_the_run_with_one_line(snakemake, clean_checkout, arguments, expected):
    result = snakemake("-n", *arguments, cwd=clean_checkout)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith(expected)
    assert "Traceback" not in result.stdout
