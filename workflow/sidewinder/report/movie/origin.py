"""Where a movie's results come from: model card, sheet, config, and the commands that make them again."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sidewinder.names import CARD, VERSION

# what packages of the BioImage Model Zoo have in place of a card
DESCRIPTIONS = (CARD, "rdf.yaml", "bioimageio.yaml")
# more of a card is not shown
LONGEST_CARD = 20_000


def facts_of_model(model: str | Path) -> dict[str, str] | None:
    """The model's name and the text of its card; None where the label images are the user's own."""
    if not model:
        return None
    texts = [Path(model, name) for name in DESCRIPTIONS]
    found = next((path for path in texts if path.is_file()), None)
    card = found.read_text(encoding="utf-8", errors="replace")[:LONGEST_CARD] if found else ""
    return {"name": Path(model).name, "card": card}


def facts_of_origin(movie: str, row: Mapping[str, str], made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the page says of how it was made.

    Parameters
    ----------
    movie : str
        The movie's name.
    row : dict of str to str
        Its row of the sheet.
    made : sequence of dict
        Of each stage `stage`, `made`, `settings`, `versions` and `sources`, as of `sidewinder.provenance.described`;
        none where no records are kept.
    """
    sections = {one["stage"]: one["settings"].get("settings") for one in made}
    config = {stage: settings for stage, settings in sections.items() if settings}
    return {
        "version": VERSION,
        "made": list(made),
        "sheet": "\n".join("\t".join(map(str, cells)) for cells in (row.keys(), row.values())),
        "config": yaml.safe_dump({"movies": "movies.tsv", **config}, sort_keys=False, allow_unicode=True),
        "commands": "\n".join(
            (
                f"snakemake --cores all --configfile config.yaml {shlex.quote(f'results/{movie}/report.html')}",
                "python workflow/sidewinder verify --configfile config.yaml",
            )
        ),
    }
