"""`snakemake sheet --config source=<folder or file>`."""

from collections.abc import Mapping

from sidewinder.draft.write import write_draft
from sidewinder.errors import UserError


def sheet_asked(config: Mapping[str, object]) -> list[str]:
    """Write the sheet that the keys `source` and `sheet` of a config ask for; as `write_draft`."""
    if not config.get("source"):
        raise UserError("say where the movies are: snakemake sheet --config source=<folder or file> [sheet=<file>]")
    sheet = config.get("sheet")
    return write_draft(str(config["source"]), None if sheet is None else str(sheet))
