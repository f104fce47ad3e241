"""The sheet of a set of the Cell Tracking Challenge: a row a sequence, with its truth."""

import re
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.tiff_names import is_tiff

SEQUENCE = re.compile(r"\d\d")
# pixel size (um) and interval (s), for the files say neither: from memory, to be compared with the challenge's page;
# in sets that are not here sequences differ, or a user has to look
SCALES = {
    "DIC-C2DH-HeLa": (0.19, 600),
    "Fluo-N2DH-GOWT1": (0.24, 300),
    "Fluo-N2DH-SIM+": (0.125, 1740),
    "Fluo-N2DL-HeLa": (0.645, 1800),
    "PhC-C2DH-U373": (0.65, 900),
    "PhC-C2DL-PSC": (1.6, 600),
}
# the shipped models, by how names of sets begin that show what they are for
MODELS = {"PhC-": "phase", "Fluo-N": "nuclei"}
COLUMNS = ("movie", "path", "truth", "model", "pixel_size_um", "frame_interval_s")


def sequences_of(name: str, folder: Path) -> list[str]:
    """The names of a set's sequences, `01`, `02`; raises UserError where not all have images and tracking truth."""
    found = sorted(one.name for one in folder.iterdir() if one.is_dir() and SEQUENCE.fullmatch(one.name))
    for sequence in found:
        if not any(is_tiff(one.name) for one in (folder / sequence).iterdir()):
            raise UserError(f"{name}: its folder {sequence} has no TIFF images, so that it is not laid out as a set")
    if not found or not all((folder / f"{one}_GT" / "TRA" / "man_track.txt").is_file() for one in found):
        raise UserError(
            f"{name}: has sequences {', '.join(found) or 'none'}, expected folders such as 01, each with 01_GT/TRA/"
            "man_track.txt beside it, so that it is not laid out as a training set of the Cell Tracking Challenge"
        )
    return found


def write_sheet(name: str, sheet: Path) -> list[str]:
    """Write the sheet of a set in the folder of its name, which overwrites nothing; what there is to say of it."""
    size_um, interval_s = SCALES.get(name, ("", ""))
    model = next((model for start, model in MODELS.items() if name.startswith(start)), "")
    movie = name.replace("+", "plus")
    rows = [
        (f"{movie}_{one}", f"{name}/{one}", f"{name}/{one}_GT", model, str(size_um), str(interval_s))
        for one in sequences_of(name, Path(name))
    ]
    remarks = [
        f"{name} of the Cell Tracking Challenge: cite it as its page asks, https://celltrackingchallenge.net",
        "pixel size and interval are not in the files, and were typed in: compare them with the challenge's page"
        if name in SCALES
        else "pixel size and interval are not in the files: fill them in, as the challenge's page gives them",
        *["no shipped model is for such cells: name one in column model"] * (not model),
    ]
    lines = [*(f"# {remark}" for remark in remarks), "\t".join(COLUMNS), *("\t".join(row) for row in rows)]
    try:
        with open(sheet, "x", encoding="utf-8", newline="") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as error:
        raise UserError(f"{sheet} cannot be written: {error.strerror}") from error
    run = f"snakemake --profile profiles/local --directory {Path.cwd()} --config movies={sheet}"
    return [f"{sheet}: {len(rows)} movies with truth; look it over, then, in the checkout: {run}", *remarks]
