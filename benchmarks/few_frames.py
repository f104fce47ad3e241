"""How many frames one has to annotate: SEG over their number, from scratch and from a model of other movies.

    python benchmarks/few_frames.py [folder [threads]]

prints the table of docs/measurements/training.md and draws docs/images/few_frames.png. Fluorescent: GOWT1, going on
from a model of SIM+, HeLa and simulated frames. Phase contrast: U373, going on from a model of PSC and T98G. Neither of
these models, which are those of benchmarks/ablations.py, has seen the movie.
"""

from pathlib import Path

import matplotlib
from material import CHECKOUT
from trained import (
    NUCLEI,
    PHASE,
    Frames,
    folder_and_threads,
    frames_of,
    of_one_movie,
    print_table,
    scored,
    spread,
    trained,
)

from sidewinder.settings import TrainSettings
from sidewinder.train.recipe import Recipe

NUMBERS = (1, 2, 5, 10, 20)
ITERATIONS = 300
PICTURE = CHECKOUT / "docs" / "images" / "few_frames.png"


def curve(
    folder: Path, settings: TrainSettings, sheet: str, labels: str, others: tuple[str, ...], threads: int
) -> dict[str, dict[str, float]]:
    """SEG by the number of frames, of both ways; `labels` is the folder of masks that are learnt from."""
    own = labels.split("/")[0].split("-")[-1]
    frames = frames_of(sheet, settings)
    others_model = trained(folder, settings, Recipe(), frames.of(*others), threads)
    candidates = [frame for frame in frames.training if labels in frame.source]
    held_out = [frame for frame in frames.scored if own in frame.source]
    (before,) = scored(folder, settings, Recipe(), Frames(frames.of(*others).training, held_out), threads).values()
    rows: dict[str, dict[str, float]] = {f"{own}, fine-tuned": {"0": before}, f"{own}, from scratch": {}}
    for number in NUMBERS:
        chosen = Frames(spread(candidates, number), held_out)
        for name, start in (("from scratch", ""), ("fine-tuned", str(others_model))):
            (seg,) = scored(folder, of_one_movie(settings, ITERATIONS, start), Recipe(), chosen, threads).values()
            rows[f"{own}, {name}"][str(number)] = seg
    return rows


def draw(rows: dict[str, dict[str, float]]) -> None:
    """The curves."""
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
    for name, scores in rows.items():
        movie, way = name.split(", ")
        ax = axes[0 if movie == "GOWT1" else 1]
        fine_tuned = way == "fine-tuned"
        (line,) = ax.plot(range(len(NUMBERS)), [scores[str(number)] for number in NUMBERS], "o-", label=way)
        if fine_tuned:
            ax.axhline(scores["0"], color=line.get_color(), linestyle=":", label="the other movies' model as it is")
        ax.set(title=movie, xticks=range(len(NUMBERS)), xticklabels=NUMBERS, xlabel="annotated frames", ylim=(0, 1))
    axes[0].set_ylabel("SEG")
    axes[1].legend(loc="center", frameon=False)
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    """Print the table, draw the curves."""
    folder, threads = folder_and_threads()
    rows = curve(folder, NUCLEI, "nuclei.tsv", "Fluo-N2DH-GOWT1/01_GT", ("SIM+", "HeLa"), threads)
    rows |= curve(folder, PHASE, "phase.tsv", "PhC-C2DH-U373/01_ST", ("PSC", "T98G"), threads)
    print_table("SEG over annotated frames", rows)
    draw(rows)


if __name__ == "__main__":
    main()
