"""What each setting and each column of the sheet makes run again, as the table of the docs."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from sidewinder.names import EXPORTS
from sidewinder.plan import Plan
from sidewinder.provenance.pixels import PIXEL_SIZE, Seen, matters
from sidewinder.provenance.record import BEFORE, TABLES, before_of
from sidewinder.sheet import Row

OTHER = "other"  # unlike every value
# settings and columns that say where things go, or how fast, but not what comes out
SECTIONS = ("model", "exports", "preprocess", "infer", "instances", "track", "measure", "report")
NOT_COMPARED = ("line", "movie", "extra", PIXEL_SIZE)
# a movie whose frames the network sees as they are, and pixel sizes by which it does so, and does not
EXAMPLE = Seen((512, 512), (0.35, 1.0), 0.35)
SIZES_UM = {"frames stay as large to the network": 0.3501, "frames become larger or smaller to the network": 0.7}


def runs_again(then: Plan, now: Plan, movie: str) -> list[str]:
    """The stages of a movie that run again when one plan takes the place of another, in the order of the stages.

    Parameters
    ----------
    then, now : Plan
        Both with this movie.
    movie : str
        Its name.
    """
    again: list[str] = []
    labels = bool(now.row(movie).labels)
    for stage in BEFORE:
        if stage not in _stages(now, movie):
            continue
        new = stage not in _stages(then, movie)
        changed = _changed_settings(then.settings_of(stage, movie), now.settings_of(stage, movie), stage)
        other = _source(then, stage, movie) != _source(now, stage, movie)
        if new or changed or other or before_of(stage, labels) in again:
            again.append(stage)
    return again


def _changed_settings(then: dict[str, Any], now: dict[str, Any], stage: str) -> bool:
    """Whether settings of a stage have changed, as far as that matters to it."""
    changed = {name for name in now if then.get(name) != now[name]}
    if PIXEL_SIZE in changed and not matters(stage, then[PIXEL_SIZE], now[PIXEL_SIZE], EXAMPLE):
        changed.remove(PIXEL_SIZE)
    return bool(changed)


def reruns_table(plan: Plan, movie: str) -> list[str]:
    """The table of the docs, a line each.

    Parameters
    ----------
    plan : Plan
        Of all settings, with a movie that a model segments and that has truth.
    movie : str
        Its name.
    """
    lines = ["| what changes | what runs again |", "|---|---|"]
    rows: dict[str, list[str]] = {}
    for name, other in _changed(plan, movie):
        again = runs_again(plan, other, movie)
        said = ", ".join(f"`{stage}`" for stage in again) if again else "nothing"
        rows.setdefault(said, []).append(name)
    lines += [f"| {', '.join(names)} | {said} |" for said, names in rows.items()]
    return [*lines, f"| any other column, a movie more or less | `{TABLES}`, and all stages of a new movie |"]


def _changed(plan: Plan, movie: str) -> Iterator[tuple[str, Plan]]:
    """The plan with each column, and each setting, changed, and what it is called."""
    row = plan.row(movie)
    for column in (field.name for field in fields(Row) if field.name not in NOT_COMPARED):
        # a movie with label images has no model
        more: dict[str, Any] = {"model": None} if column == "labels" else {}
        value: Any = 2 if column == "blocks" else OTHER
        yield f"column `{column}`", replace(plan, rows={movie: replace(row, **more, **{column: value})})
    for case, size_um in SIZES_UM.items():
        rows = {movie: replace(row, pixel_size_um=size_um)}
        yield f"column `{PIXEL_SIZE}` ({case})", replace(plan, rows=rows)
    for section in SECTIONS:
        held = plan.config[section]
        if isinstance(held, dict):
            for key in held:
                yield f"`{section}.{key}`", replace(plan, config={**plan.config, section: {**held, key: OTHER}})
        else:
            value = [] if isinstance(held, list) else OTHER
            yield f"`{section}`", replace(plan, config={**plan.config, section: value})


def _stages(plan: Plan, movie: str) -> set[str]:
    """The stages that a movie has."""
    row = plan.row(movie)
    made = set(plan.exports(movie)) | ({"ctc", "evaluate"} if row.truth else set())
    lacking = ({*EXPORTS, "evaluate"} - made) | ({"infer"} if row.labels else set())
    return set(BEFORE) - lacking - (set() if row.within else {"within"})


def _source(plan: Plan, stage: str, movie: str) -> str | None:
    """What a stage reads from outside."""
    row = plan.row(movie)
    model = plan.model_if_any(movie)
    return {"preprocess": row.path, "infer": model, "instances": row.labels, "evaluate": row.truth}.get(stage)
