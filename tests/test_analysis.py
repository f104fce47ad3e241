"""`docs/analysis.md` and its twin for R run as they stand, and find what is known of made-up tables."""

import re
import shutil
import subprocess
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from sidewinder.store.table import write_csv

MOST_LINES = 10
INTERVAL_S = 1800.0
# steps of a walk, in um
STEP_UM = {"control": 1.0, "drug": 2.0}


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """Tables of two conditions: of each ten cells whose cycle was seen, five that were cut off, and one founder."""
    rng = np.random.default_rng(0)
    tracks, lineage = [], []
    for condition, cycle_h in {"control": 10.0, "drug": 20.0}.items():
        for number in range(16):
            origin = "start" if number == 15 else "division"
            whole = number < 10
            seen_h = cycle_h if whole else cycle_h / 2
            n_frames = int(seen_h * 3600 / INTERVAL_S)
            cell, steps = f"{condition}_{number}", rng.normal(0, STEP_UM[condition], (n_frames, 2)).cumsum(axis=0)
            age_s = np.arange(n_frames) * INTERVAL_S
            lineage.append(
                {"cell_id": cell, "condition": condition, "origin": origin, "start_s": 0.0, "end_s": seen_h * 3600,
                 "cycle_s": seen_h * 3600 if whole else np.nan, "cycle_censored": not whole}
            )  # fmt: skip
            rows = {"cell_id": cell, "condition": condition, "frame": np.arange(n_frames), "repaired": ""}
            rows |= {"y_drift_corrected_um": steps[:, 0], "x_drift_corrected_um": steps[:, 1]}
            # the reporter leaves the nucleus after two hours
            rows |= {"ring_ratio_GFP": np.where(age_s < 7200, 0.25, 2.0)}
            tracks.append(pd.DataFrame(rows | {"time_since_birth_s": age_s if origin == "division" else np.nan}))
    (tmp_path / "results").mkdir()
    for name, table in {"experiment": pd.concat(tracks), "experiment_lineage": pd.DataFrame(lineage)}.items():
        table.to_parquet(tmp_path / "results" / f"{name}.parquet")
        write_csv(table, tmp_path / "results" / f"{name}.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks_of(page: Path, language: str) -> list[str]:
    """The code of a page, in pieces of a few lines."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.M)
    assert max(block.count("\n") for block in blocks) <= MOST_LINES
    return blocks


@pytest.fixture
def found(checkout, results) -> dict:
    """What the page for pandas computes."""
    blocks, found = blocks_of(checkout / "docs" / "analysis.md", "python"), {}
    assert len(blocks) == 4
    mpl.use("Agg")
    for block in blocks:
        exec(block, found)
    return found


def test_the_page_runs_and_its_numbers_are_right(found):
    undivided = found["undivided"]
    # five of fifteen are not seen any more when the others divide
    assert undivided["control"].to_dict() == {5.0: 1.0, 10.0: 0.0}
    assert undivided["drug"].index.tolist() == [10.0, 20.0]
    ratio = found["nucleus_over_ring"]
    assert ratio["control"].loc[1.5] == 4
    assert ratio["drug"].loc[2.0] == 0.5
    msd_um2 = found["msd_um2"]
    # of a walk in two dimensions: twice the variance of a step, times the lag
    np.testing.assert_allclose(msd_um2["control"] / msd_um2.index, 2, rtol=0.25)
    np.testing.assert_allclose(msd_um2["drug"] / msd_um2.index, 8, rtol=0.25)


# what the page's code has computed, as tables
WRITE = """
steps <- summary(undivided)
write.csv(data.frame(strata = steps$strata, time = steps$time, surv = steps$surv), "undivided.csv", row.names = FALSE)
write.csv(t(msd_um2), "msd_um2.csv", row.names = FALSE)
"""


@pytest.mark.skipif(
    shutil.which("Rscript") is None,
    reason="SKIPPED LOUDLY: R is not there (apt install r-base-core r-cran-survival), its page is not tried",
)
def test_the_page_for_r_finds_the_same(checkout, results, found):
    blocks = blocks_of(checkout / "docs" / "analysis-r.md", "r")
    assert len(blocks) == 3
    (results / "page.R").write_text("\n".join([*blocks, WRITE]), encoding="utf-8")
    ran = subprocess.run(["Rscript", "--vanilla", "page.R"], capture_output=True, text=True, cwd=results)
    assert ran.returncode == 0, ran.stderr
    # the median of all is the age at which the others divide
    medians = re.findall(r"condition=(\w+) +15 +10 +(\d+)", ran.stdout)
    assert medians == [("control", "10"), ("drug", "20")]
    steps = pd.read_csv(results / "undivided.csv")
    assert steps["strata"].tolist() == ["condition=control", "condition=drug"]
    assert steps[["time", "surv"]].to_numpy().tolist() == [[10, 0], [20, 0]]
    msd_um2 = pd.read_csv(results / "msd_um2.csv")
    np.testing.assert_allclose(msd_um2, found["msd_um2"][msd_um2.columns], rtol=1e-6)
    assert (results / "Rplots.pdf").stat().st_size > 1000
