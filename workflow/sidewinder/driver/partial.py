"""The tables of all movies after a run that has not finished all of them."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sidewinder.driver.ending import listed, seen_from, warning_lines
from sidewinder.driver.for_users import for_users
from sidewinder.driver.joblog import DONE
from sidewinder.driver.outcome import Outcome
from sidewinder.driver.progress import NO_MOVIE, Progress
from sidewinder.names import (
    EXPERIMENT,
    EXPERIMENT_LINEAGE,
    LINEAGE,
    LONG_AGO_S,
    PUBLISHED,
    REPORT,
    SCORES_CSV,
    SUMMARY,
    TRACKS,
    WARNINGS,
)
from sidewinder.plan import Plan
from sidewinder.provenance.keeping import Job, recorded
from sidewinder.provenance.record import BEFORE, OVERVIEW, TABLES


def renew_tables(
    results: Path, here: str | Path, plan: Plan, progress: Progress, found: Mapping[str, Outcome]
) -> Iterator[str]:
    """Make the tables of all movies with those that are done, if the run was to make the tables; raises no error.

    Parameters
    ----------
    results : path
        The results folder, held by this process.
    here : path
        The folder that the user is in.
    plan : Plan
        The experiment's movies.
    progress : Progress
        The jobs of the run.
    found : dict of str to Outcome
        What became of the movies that are not done.

    Yields
    ------
    line : str
        That they are being made, which takes minutes for thousands of movies, then which movies are not in them; or why
        they are not made.
    """
    both = " and ".join(str(seen_from(here, results / name)) for name in (EXPERIMENT, SUMMARY))
    there, left = (results / SUMMARY).is_file(), progress.tables in progress.left()[NO_MOVIE]
    if not progress.tables:
        if found and there:
            yield f"{both} are of an earlier run: this one was not asked for them"
        return
    if not found and not left:
        return
    if left and not progress.failures() and there and (results / SUMMARY).stat().st_mtime != LONG_AGO_S:
        # interrupted, which takes no complete tables from anybody
        yield f"{both} are of an earlier run: this one ended before it made them"
        return
    why = "the results lie in a store, from which only a run without a failure makes them"
    if progress.tables == f"{results}/logs/experiment/experiment.log":
        yield f"{both} are made of the movies that are done ..."
        try:
            _write_log(progress.tables)
            tables, params = [str(results / name) for name in plan.tables_of_all()], {"rows": plan.metadata()}
            with recorded(Job(progress.tables, {}, params, [], tables, 1)):
                held = collect_finished(results, plan, found)
            yield from warning_lines(results, here)
            yield from _lines(held, list(plan.rows), found, seen_from(here, results))
            yield from _renew_page(results, here, plan, held)
            return
        except KeyboardInterrupt:
            why = "interrupted"
        except ImportError as error:
            why = f"the Python that runs Snakemake has no {error.name}, which jobs have"
        except Exception as error:
            why = for_users(error) or (str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}")
    yield f"{both} were not made: {why}" + "; those that are there are of an earlier run" * there


def _renew_page(results: Path, here: str | Path, plan: Plan, held: list[str]) -> Iterator[str]:
    """Make the page of all movies, of which those that are held are in the tables; a line where it cannot be made."""
    log, page = f"{results}/logs/{OVERVIEW}/{OVERVIEW}.log", results / REPORT
    try:
        # takes two seconds
        from sidewinder.report.experiment.page import write_experiment_report

        _write_log(log)
        with recorded(Job(log, {}, {"rows": plan.metadata()}, [], [str(page)], 1)):
            write_experiment_report(
                plan.metadata(),
                summary_csv=results / SUMMARY,
                experiment_parquet=results / EXPERIMENT,
                lineage_parquet=results / EXPERIMENT_LINEAGE,
                movies=[results / movie / PUBLISHED for movie in held],
                warnings=[path for movie in held if (path := results / movie / WARNINGS).is_file()],
                benchmarks=results / "benchmarks",
                before={**BEFORE, TABLES: ""},
                with_csv="csv" in plan.tables,
                output=page,
            )
    except (Exception, KeyboardInterrupt) as error:
        # the tables are there, whatever becomes of the page
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else for_users(error) or repr(error)
        yield f"{seen_from(here, page)} was not made: {why}"


def _write_log(log: str) -> None:
    """Say in a log who makes what it is of; without a log it would pass for somebody else's."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    Path(log).write_text(f"{now} {DONE} the process of the run, of the movies that were done\n", encoding="utf-8")


def collect_finished(results: Path, plan: Plan, found: Mapping[str, Outcome]) -> list[str]:
    """Make the tables of the movies whose tracks were made; the movies in `experiment.parquet`."""
    # takes a second, and what a run needs that ends well is Snakemake alone
    from sidewinder.tables import collect_experiment

    def made(name: str) -> list[Path]:
        return [results / movie / name for movie in plan.rows if not (movie in found and found[movie].lacks(name))]

    scored = {results / path for path in plan.products(SCORES_CSV)}
    return collect_experiment(
        plan.metadata(),
        movies=made(PUBLISHED),
        tracks=made(TRACKS),
        lineages=made(LINEAGE),
        scores=[path for path in made(SCORES_CSV) if path in scored],
        warnings=[path for path in made(WARNINGS) if path.is_file()],
        experiment_parquet=results / EXPERIMENT,
        lineage_parquet=results / EXPERIMENT_LINEAGE,
        summary_csv=results / SUMMARY,
        with_csv="csv" in plan.tables,
        not_done={movie: (outcome.state, outcome.reason) for movie, outcome in found.items()},
    )


def _lines(held: list[str], movies: list[str], found: Mapping[str, Outcome], results: Path) -> list[str]:
    """Which movies are not in the tables, and which are, though something else of theirs is missing."""
    inside = set(held)
    said = {f"not in {results / EXPERIMENT}": [movie for movie in movies if movie not in inside]}
    said[f"in {results / EXPERIMENT}, but not done"] = [movie for movie in held if movie in found]
    lines = []
    for where, names in said.items():
        verb = "is" if len(names) == 1 else "are"
        lines += [f"{len(names):,} of {len(movies):,} movies {verb} {where}: {listed(names)}"] * bool(names)
    return [*lines, f"Why stands in {results / SUMMARY}, in the columns state and reason."] if lines else []
