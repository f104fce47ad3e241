"""Whether the regions that `snakemake annotate` suggests teach more than regions that are drawn by chance.

    python benchmarks/regions.py [folder [threads]]

prints a table: SEG of a model of other movies as it is, fine-tuned on the suggested regions of
the first part of a movie, and on as many by chance (three draws), on frames of the last part.
"""

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
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

from sidewinder.annotate.regions import Region, candidates, choose, weighted
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.frame import frame_maps
from sidewinder.infer.rescale import scaled_shape
from sidewinder.instances.segment import segment_frame
from sidewinder.instances.uncertainty import uncertainty_grid
from sidewinder.model import load_model
from sidewinder.settings import InstanceSettings, TrainSettings
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.train.recipe import Recipe

REGIONS, REGION_PX, ITERATIONS, DRAWS = 6, 160, 200, 3
# of a movie's first part; consecutive ones, for it counts whether cells come and go
FRAMES = 40


def suggested(model_folder: Path, movie: list[AnnotatedFrame], pixel_size_um: float) -> list[Region]:
    """What the model of other movies would have annotated."""
    engine = Engine(load_model(model_folder), 2048, finish=as_uint8)
    uncertainties, labels = [], []
    for frame in movie:
        shape = scaled_shape(frame.image.shape, frame.pixel_size_um, pixel_size_um)
        maps = frame_maps(engine, frame.image[None], shape)
        uncertainties.append(uncertainty_grid(maps))
        labels.append(segment_frame(maps, InstanceSettings()))
    found = candidates("movie", np.stack(uncertainties), movie[0].image.shape, REGION_PX)
    labels = np.stack(labels)
    return choose([weighted(region, labels) for region in found], [], REGIONS)


def by_chance(movie: list[AnnotatedFrame], seed: int) -> list[Region]:
    """Anywhere."""
    rng = np.random.default_rng(seed)
    height, width = movie[0].image.shape
    places = [
        (rng.integers(len(movie)), rng.integers(height - REGION_PX), rng.integers(width - REGION_PX))
        for _ in range(REGIONS)
    ]
    return [Region("movie", *map(int, place), REGION_PX, REGION_PX, 0.0) for place in places]


def cut(movie: list[AnnotatedFrame], regions: list[Region]) -> list[AnnotatedFrame]:
    """The regions, as if they had been annotated."""
    return [
        replace(
            movie[region.frame],
            name=f"{movie[region.frame].name}@{region.frame},{region.y_px},{region.x_px}",
            image=movie[region.frame].image[region.place],
            labels=movie[region.frame].labels[region.place],
            known=movie[region.frame].known[region.place],
        )
        for region in regions
    ]


def compare(
    folder: Path, settings: TrainSettings, sheet: str, labels: str, others: tuple[str, ...], threads: int
) -> dict[str, float]:
    """SEG as it is, with suggested regions, and with such by chance."""
    frames = frames_of(sheet, settings)
    base = frames.of(*others)
    model = trained(folder, settings, Recipe(), base, threads)
    movie = [frame for frame in frames.training if labels in frame.source][:FRAMES]
    own = labels.split("/")[0]
    held_out = spread([frame for frame in frames.scored if own in frame.source], 8)
    (as_it_is,) = scored(folder, settings, Recipe(), Frames(base.training, held_out), threads).values()
    tuning = of_one_movie(settings, ITERATIONS, str(model))

    def seg(regions: list[Region]) -> float:
        (value,) = scored(folder, tuning, Recipe(), Frames(cut(movie, regions), held_out), threads).values()
        return value

    chance = [seg(by_chance(movie, seed)) for seed in range(DRAWS)]
    return {
        "as it is": as_it_is,
        "suggested": seg(suggested(model, movie, settings.pixel_size_um)),
        "by chance, mean": fmean(chance),
        "by chance, best": max(chance),
    }


def main() -> None:
    """Print the table."""
    folder, threads = folder_and_threads()
    rows = {
        "U373": compare(folder, PHASE, "phase.tsv", "PhC-C2DH-U373/01_ST", ("PSC", "T98G"), threads),
        "SIM+": compare(folder, NUCLEI, "nuclei.tsv", "Fluo-N2DH-SIM+/01_GT", ("GOWT1", "HeLa"), threads),
    }
    print_table("SEG after fine-tuning", rows)


if __name__ == "__main__":
    main()
