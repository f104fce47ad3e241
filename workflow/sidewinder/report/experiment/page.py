"""`results/report.html`: one file with a row a movie, and with what differs by condition."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sidewinder.names import EXPERIMENT, EXPERIMENT_LINEAGE, PROVENANCE, SUMMARY, VERSION
from sidewinder.report.experiment.material import gather
from sidewinder.report.experiment.stages import facts_of_stages, jobs_in
from sidewinder.report.one_file import as_json, filled, scripts_of, styles_of
from sidewinder.store import atomic_file

log = logging.getLogger("sidewinder")

PAGE = Path(__file__).parent / "page"
# what is larger is slow to open and to pass on
LARGEST_PAGE_BYTES = 20_000_000


def write_experiment_report(
    rows: Sequence[Mapping[str, str]],
    *,
    summary_csv: str | Path,
    experiment_parquet: str | Path,
    lineage_parquet: str | Path,
    movies: Iterable[str | Path],
    warnings: Iterable[str | Path],
    benchmarks: str | Path,
    before: Mapping[str, str],
    with_csv: bool,
    output: str | Path,
) -> None:
    """Write the page.

    Parameters
    ----------
    rows : sequence of dict
        For each movie of the sheet `movie`, its name, and whatever else the sheet says of it, as text.
    summary_csv, experiment_parquet, lineage_parquet : path
        The tables of all movies. A movie without counts in the summary, which is not in the others, has a row, but no
        numbers.
    movies, warnings : iterable of path
        The movies' `movie.ome.zarr` and `warnings.csv`, as far as they are there, in folders of the movies' names.
    benchmarks : path
        The folder of what Snakemake measured of the jobs.
    before : dict of str to str
        From which stage the inputs of a stage come, in the order of the stages.
    with_csv : bool
        Whether tables are there as text.
    output : path
        The page.

    Raises
    ------
    UserError
        If a table cannot be read.
    """
    facts = gather(rows, summary_csv, experiment_parquet, lineage_parquet, movies, warnings, with_csv)
    texts = [Path(name).with_suffix(".csv").name for name in (EXPERIMENT, EXPERIMENT_LINEAGE)] if with_csv else []
    facts |= {
        "version": VERSION,
        "stages": facts_of_stages(jobs_in(benchmarks), before),
        "tables": [SUMMARY, EXPERIMENT, EXPERIMENT_LINEAGE, *texts, PROVENANCE],
    }
    parts = {"style": styles_of(PAGE), "script": scripts_of(PAGE), "facts": as_json(facts)}
    page = filled((PAGE / "page.html").read_text(encoding="utf-8"), parts)
    if len(page) > LARGEST_PAGE_BYTES:
        log.warning("report: WARNING: the page has %.0f MB and opens slowly", len(page) / 1e6)
    with atomic_file(output) as temporary:
        temporary.write_bytes(page)
