"""Whether results are as they were made, and made of what is there now."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.fingerprint import digest_at
from sidewinder.names import EXPERIMENT, PRODUCTS, REPORT, SUMMARY, TRACKS
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Changes
from sidewinder.provenance.comparison import THREADS, Comparison
from sidewinder.provenance.record import FOLDER, OVERVIEW, TABLES, read_record


def verify(plan: Plan, results: str | Path, *, with_settings: bool) -> tuple[list[str], bool]:
    """Verify all movies of which something was made, and the tables of all movies; changes nothing.

    Parameters
    ----------
    plan : Plan
        The experiment as it is now.
    results : path
        The results folder.
    with_settings : bool
        Whether rules have the settings that the plan says.

    Returns
    -------
    lines : list of str
        What is not as it should be, a line each with movie and file, and a sentence about all.
    sound : bool
        Whether all is.

    Raises
    ------
    UserError
        Where there are no results, or in a store, or a package that reads them is missing.
    """
    if not plan.keeps_records:
        raise UserError("results in a store cannot be verified: fetch them to a disk, with the folder records")
    _need_readers()
    products: dict[str, set[str]] = {movie: set() for movie in plan.rows}
    for product in plan.products():
        movie, name = product.split("/")
        products[movie].add(name)
    made = [movie for movie, names in products.items() if any(Path(results, movie, name).exists() for name in names)]
    if not made:
        raise UserError(f"no movie of {plan.config['movies']} has results in {results}")
    changes = {one.movie: one for one in Comparison(plan, results, with_settings=with_settings).changes()}
    problems = [
        f"movie {movie}: {what}"
        for movie in made
        for what in _problems(Path(results), movie, products[movie], changes[movie])
    ]
    n_bad = len({line.split(":")[0] for line in problems})
    problems += _problems_of_tables(Path(results), plan.tables_of_all(), made, changes.get(""))
    told = f"{n_bad} of these are not as they should be" if n_bad else "all of these are as they were made"
    return [
        *problems,
        *_archived(changes, made),
        f"{len(made)} of {len(plan.rows)} movies have results; {told}",
    ], not problems


def _archived(changes: Mapping[str, Changes], made: Iterable[str]) -> Iterator[str]:
    """Say which raw data are not there, because they are archived."""
    for movie in made:
        if changes[movie].gone and changes[movie].archived:
            yield f"movie {movie}: its raw data are archived ({changes[movie].archived}), and were not compared"


def _need_readers() -> None:
    try:
        import sidewinder.provenance.consistency  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"verify reads tables and images, for which {error.name} is missing here; start it in the environment that "
            "`make env` sets up, or in one of envs/cpu.yaml"
        ) from error


def _problems(results: Path, movie: str, products: set[str], changes: Changes) -> Iterator[str]:
    """What is wrong with a movie."""
    for stage, names in PRODUCTS.items():
        for name in products.intersection(names):
            yield from _altered(results, f"{stage}/{movie}", movie, name)
    from sidewinder.provenance.consistency import contradictions

    if (results / movie / TRACKS).exists():
        yield from (f"{name}: {what}" for name, what in contradictions(results / movie))
    reasons = [reason for _, reason in changes.why] + [changes.kept] * bool(changes.kept)
    yield from (f"{reason} since its results were made" for reason in reasons)
    if changes.gone and not changes.archived:
        yield (
            f"its raw data cannot be compared: {changes.gone}; if they were moved to an archive, say where in the "
            "sheet's column archived"
        )


def _altered(results: Path, record_name: str, folder: str, name: str) -> Iterator[str]:
    """What is wrong with a file or folder of which there should be a digest."""
    path = results / folder / name
    if not path.exists():
        yield f"{name}: is missing"
        return
    record = read_record(results / FOLDER / f"{record_name}.json")
    try:
        if record is None:
            yield f"{name}: there is no record of how it was made, so that it cannot be verified"
        elif record.files.get(name) != digest_at(path, THREADS):
            yield f"{name}: is not as it was written: altered since"
    except OSError as error:
        yield f"{name}: cannot be read ({error.strerror})"


def _problems_of_tables(results: Path, tables: list[str], made: list[str], changes: Changes | None) -> Iterator[str]:
    """What is wrong with the tables of all movies, and with their page."""
    if changes is not None:
        yield from (f"{EXPERIMENT}, {SUMMARY}: {reason} since they were made" for _, reason in changes.why)
    for name in tables:
        yield from _altered(results, f"{TABLES}/{TABLES}", "", name)
    yield from _altered(results, f"{OVERVIEW}/{OVERVIEW}", "", REPORT)
    from sidewinder.provenance.consistency import missing_in_tables

    yield from missing_in_tables(results, made)
