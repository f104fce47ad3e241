"""Real movies with truth, as a user would run them: the first frames of two sequences of fluorescent nuclei."""

import shutil

import pandas as pd
import pytest

# (folder, pixel size, frame interval, frames, least SEG, least TRA)
SEQUENCES = {
    "sim": ("Fluo-N2DH-SIM+", "0.125", "1740", 8, 0.80, 0.93),
    "gowt1": ("Fluo-N2DH-GOWT1", "0.24", "300", 4, 0.70, 0.93),
}


def cut_truth(truth, folder, n_frames):
    """The truth of the first frames."""
    for kind, prefix in (("SEG", "man_seg"), ("TRA", "man_track")):
        (folder / kind).mkdir(parents=True)
        for path in sorted((truth / kind).glob(f"{prefix}*.tif")):
            if int(path.stem[-3:]) < n_frames:
                shutil.copy(path, folder / kind)
    rows = [list(map(int, line.split())) for line in (truth / "TRA" / "man_track.txt").read_text().splitlines()]
    kept = [[label, first, min(last, n_frames - 1), parent] for label, first, last, parent in rows if first < n_frames]
    text = "".join("{} {} {} {}\n".format(*row) for row in kept)
    (folder / "TRA" / "man_track.txt").write_text(text)


@pytest.fixture
def summary(shared_data, workflow):
    rows = []
    for movie, (name, pixel_size_um, frame_interval_s, n_frames, *_) in SEQUENCES.items():
        source = shared_data / name
        (workflow.folder / movie).mkdir()
        for frame in range(n_frames):
            shutil.copy(source / "01" / f"t{frame:03}.tif", workflow.folder / movie)
        cut_truth(source / "01_GT", workflow.folder / f"{movie}_GT", n_frames)
        rows.append({"movie": movie, "path": movie, "pixel_size_um": pixel_size_um,
                     "frame_interval_s": frame_interval_s, "truth": f"{movie}_GT"})  # fmt: skip
    workflow.sheet("movies.tsv", *rows)
    result = workflow.run("--config", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    return pd.read_csv(workflow.folder / "results" / "summary.csv").set_index("movie")


def test_scores_on_real_movies(summary):
    for movie, (*_, n_frames, min_seg, min_tra) in SEQUENCES.items():
        assert summary.loc[movie, "frames"] == n_frames
        assert summary.loc[movie, "SEG"] >= min_seg, movie
        assert summary.loc[movie, "TRA"] >= min_tra, movie
