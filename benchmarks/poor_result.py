"""From a poor result to a good one: the commands of docs/poor-result.md, as they stand there, on movies with truth.

    python benchmarks/poor_result.py [set ...]

prints the table of that page, and draws its picture where `dark` is among the sets. In the place of a person, regions
are corrected by the truth; what is scored is the rest of the movie. The sets: `dark` (a simulated movie as a negative,
at half its contrast), `SIM+` (frames 0 to 11 of the public sequence, spoiled alike) and `DIC` (frames 0 to 11 of
DIC-HeLa, as they are, by the model `phase`).
"""

import csv
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from ctc_metrics.metrics.technical.seg import seg
from material import CHECKOUT
from PIL import Image

from sidewinder.evaluate import match_frame
from sidewinder.simulate.movie import simulate
from sidewinder.simulate.scenes import SCENES

PAGE = CHECKOUT / "docs" / "poor-result.md"
PICTURE = CHECKOUT / "docs" / "images" / "poor-result.jpg"
DATA = CHECKOUT.parent / "shared" / "data"
N_FRAMES = 12
MOVIE = "mine"


@dataclass(frozen=True)
class Set:
    """A movie and its truth, and the shipped model that is tried first."""

    frames: np.ndarray
    labels: np.ndarray
    pixel_size_um: float
    model: str


def negative(frames: np.ndarray) -> np.ndarray:
    """Dark nuclei on bright ground, at half the contrast and as much noise as before."""
    level = float(np.median(frames))
    spread = level - float(np.percentile(frames, 15.87))
    lost = np.random.default_rng(0).normal(0, spread * np.sqrt(0.75), frames.shape)
    spoiled = 4 * level - 0.5 * (frames - level) + lost
    return spoiled.round().clip(0, 65535).astype(np.uint16)


def dark() -> Set:
    """A simulated movie."""
    movie = simulate(SCENES["crowded"])
    return Set(negative(movie.frames[:N_FRAMES]), movie.labels[:N_FRAMES], SCENES["crowded"].pixel_size_um, "nuclei")


def of_challenge(name: str, truth: str, pixel_size_um: float, model: str) -> Set:
    """A public sequence."""
    folder = DATA / name
    frames = np.stack([tifffile.imread(folder / "01" / f"t{number:03}.tif") for number in range(N_FRAMES)])
    masks = (folder / truth / "SEG" / f"man_seg{number:03}.tif" for number in range(N_FRAMES))
    return Set(frames, np.stack([tifffile.imread(path) for path in masks]), pixel_size_um, model)


def sim_plus() -> Set:
    """Simulated by others."""
    clean = of_challenge("Fluo-N2DH-SIM+", "01_GT", 0.125, "nuclei")
    return Set(negative(clean.frames), clean.labels, clean.pixel_size_um, clean.model)


SETS: dict[str, Callable[[], Set]] = {
    "dark": dark,
    "SIM+": sim_plus,
    "DIC": lambda: of_challenge("DIC-C2DH-HeLa", "01_ST", 0.19, "phase"),
}


def commands() -> list[list[str]]:
    """The page's, in its order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.M)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def run(folder: Path, command: list[str], model: str) -> None:
    """Run a command of the page in a folder of its own; the checkout is elsewhere."""
    paths = {"profiles/": f"{CHECKOUT}/profiles/", "workflow/models/nuclei": f"{CHECKOUT}/workflow/models/{model}"}
    for before, after in paths.items():
        command = [word.replace(before, after) for word in command]
    # the page's reader has a sheet and a model in the config
    config = [] if any(word.startswith("model=") for word in command) else [f"model={model}"]
    extra = ["movies=movies.tsv", *config]
    if "--config" in command:
        command = [*command, *extra]
    else:
        command = [*command, "--config", *extra]
    said = subprocess.run(
        [sys.executable, "-m", *command, "--snakefile", str(CHECKOUT / "Snakefile"), "--nocolor"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    if said.returncode:
        raise SystemExit(said.stdout[-2000:] + said.stderr[-3000:])


def correct(folder: Path, labels: np.ndarray) -> set[int]:
    """Save the truth of each region that was suggested; return their frames."""
    with open(folder / "annotate" / "regions.tsv", encoding="utf-8", newline="") as file:
        regions = list(csv.DictReader(file, delimiter="\t"))
    for region in regions:
        frame, y, x, height, width = (int(region[name]) for name in ("frame", "y_px", "x_px", "height_px", "width_px"))
        path = folder / "annotate" / MOVIE / "corrected" / f"{int(region['number']):04}.tif"
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, labels[frame, y : y + height, x : x + width].astype(np.uint16))
    return {int(region["frame"]) for region in regions}


def found(folder: Path) -> tuple[np.ndarray, str]:
    """The masks of a run and the kinds of its warnings."""
    masks = np.stack([tifffile.imread(path) for path in sorted((folder / "results" / MOVIE / "ctc").glob("mask*.tif"))])
    with open(folder / "results" / MOVIE / "warnings.csv", encoding="utf-8", newline="") as file:
        return masks, ", ".join(sorted({row["kind"] for row in csv.DictReader(file)})) or "none"


def score(labels: np.ndarray, masks: np.ndarray, left_out: set[int]) -> float:
    """SEG on the frames of which no region was corrected."""
    frames = [frame for frame in range(len(labels)) if frame not in left_out]
    matches = [match_frame(labels[frame].astype(np.int32), masks[frame].astype(np.int32)) for frame in frames]
    return seg([match.labels_ref for match in matches], [match.ious for match in matches])


def overlay(folder: Path) -> Image.Image:
    """The first row of frames of the picture of a run."""
    with Image.open(folder / "results" / MOVIE / "overlay.png") as picture:
        return picture.convert("RGB").crop((0, 0, picture.width, picture.height // 2 - 28))


def draw(before: Image.Image, after: Image.Image) -> None:
    """Draw what was found after below what was found before."""
    both = Image.new("RGB", (before.width, before.height + after.height), "white")
    both.paste(before, (0, 0))
    both.paste(after, (0, before.height))
    both.thumbnail((1280, 1280))
    both.save(PICTURE, quality=80, optimize=True)


def walk(folder: Path, chosen: Set, drawn: bool) -> dict[str, object]:
    """Follow the page."""
    tifffile.imwrite(folder / "mine.tif", chosen.frames, photometric="minisblack")
    sheet = f"movie\tpath\tpixel_size_um\n{MOVIE}\tmine.tif\t{chosen.pixel_size_um}\n"
    (folder / "movies.tsv").write_text(sheet, encoding="utf-8")
    first, suggest, check, train, again = commands()
    start = time.monotonic()
    run(folder, first, chosen.model)
    masks, warned = found(folder)
    before = overlay(folder)
    run(folder, suggest, chosen.model)
    corrected = correct(folder, chosen.labels)
    run(folder, check, chosen.model)
    run(folder, train, chosen.model)
    run(folder, again, chosen.model)
    better, left = found(folder)
    if drawn:
        draw(before, overlay(folder))
    return {
        "SEG before": f"{score(chosen.labels, masks, corrected):.3f}",
        "warnings": warned,
        "SEG after": f"{score(chosen.labels, better, corrected):.3f}",
        "warnings then": left,
        "minutes of the machine": f"{(time.monotonic() - start) / 60:.0f}",
    }


def main() -> None:
    """Print the table."""
    titled = False
    for name in sys.argv[1:] or SETS:
        with tempfile.TemporaryDirectory() as folder:
            row = walk(Path(folder), SETS[name](), name == "dark")
        if not titled:
            print(f"| set | {' | '.join(row)} |\n|---{'|---' * len(row)}|")
        titled = True
        print(f"| {name} | {' | '.join(map(str, row.values()))} |", flush=True)


if __name__ == "__main__":
    main()
