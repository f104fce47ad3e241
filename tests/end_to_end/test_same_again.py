"""The same tables, byte for byte: run again, in blocks, and on another number of cores."""

import tifffile

from short_movie import TABLES, tables


def run_in_blocks(workflow, row, blocks, cores=2):
    """The tables of a run of one movie in so many blocks."""
    results = f"results-{blocks}-{cores}"
    workflow.sheet("movies.tsv", row | {"blocks": str(blocks)})
    targets = [f"{results}/{row['movie']}/{name}" for name in TABLES]
    config = ("movies=movies.tsv", f"results={results}", "exports=[]")
    result = workflow.run(*targets, "--cores", cores, "--config", *config)
    assert result.returncode == 0, result.stdout[-3000:]
    return tables(workflow.folder / results / row["movie"])


def test_run_again_and_in_blocks(short):
    row = {"movie": "short", "path": "short.tif", "pixel_size_um": "0.5", "frame_interval_s": "300"}
    expected = run_in_blocks(short, row, blocks=1)
    assert len(expected["tracks.csv"]) > 10_000
    assert run_in_blocks(short, row, blocks=1, cores=1) == expected
    assert run_in_blocks(short, row, blocks=3) == expected


def test_more_blocks_than_frames_are_refused(short):
    tifffile.imwrite(short.folder / "short.tif", tifffile.imread(short.folder / "short.tif")[:2])
    short.sheet("movies.tsv", {"movie": "short", "path": "short.tif", "blocks": "3"})
    result = short.run("-n", "--config", "movies=movies.tsv")
    assert result.returncode != 0
    assert "movie short, column blocks: found 3, but the movie has 2 frames; a block has one frame at" in result.stdout
