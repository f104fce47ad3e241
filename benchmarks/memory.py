"""The memory that each stage takes, beside what it asks a cluster for, over movies of several sizes.

    python benchmarks/memory.py

simulates a crowded scene, tiles it to larger frames, runs the workflow on one machine, and prints the table of
docs/measurements/cluster.md. Peaks are Snakemake's benchmarks; a submission adds two Snakemake processes.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile
import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from sidewinder.cluster import resources  # noqa: E402

# frames, channels, height and width; the coefficients are fits to the first five, the others are to check them
SHAPES = {
    "small": (40, 1, 256, 256),
    "usual": (20, 1, 1024, 1024),
    "three channels": (5, 3, 2048, 2048),
    "large": (10, 1, 2048, 2048),
    "very large": (4, 1, 4096, 4096),
    "check: long": (120, 1, 300, 500),
    "check: wide": (8, 2, 700, 3000),
    "check: one frame": (1, 1, 2500, 2500),
}
STAGES = ("preprocess", "infer", "instances", "track", "plausibility", "publish", "ctc", "geff", "overlay", "report")


def snakemake(folder: Path, *arguments: str) -> None:
    """Run the workflow on this machine; stop where it fails."""
    files = ("--snakefile", CHECKOUT / "Snakefile", "--profile", CHECKOUT / "profiles" / "local")
    command = [sys.executable, "-m", "snakemake", *map(str, files), *arguments]
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise SystemExit(result.stdout[-3000:])


def file_name(name: str) -> str:
    """A movie's name, as it may stand in a sheet."""
    return name.replace(": ", "_").replace(" ", "_")


def make_movies(folder: Path) -> None:
    """Write the movies and their sheet."""
    (folder / "movies.tsv").write_text("movie\tpath\nscene\tsimulated/crowded/01.ome.tif\n")
    snakemake(folder, "simulated/crowded/01.ome.tif", "--config", "movies=movies.tsv")
    scene = tifffile.imread(folder / "simulated" / "crowded" / "01.ome.tif")
    lines = ["movie\tpath\tpixel_size_um"]
    for name, (n_frames, n_channels, height, width) in SHAPES.items():
        repeats = [1, -(-height // scene.shape[1]), -(-width // scene.shape[2])]
        order = np.arange(n_frames) % len(scene)
        frames = np.tile(scene[order], repeats)[:, None, :height, :width].repeat(n_channels, axis=1)
        file = file_name(name)
        tifffile.imwrite(folder / f"{file}.ome.tif", frames, metadata={"axes": "TCYX"}, photometric="minisblack")
        lines.append(f"{file}\t{file}.ome.tif\t0.5")
    (folder / "movies.tsv").write_text("\n".join(lines) + "\n")


def peak_mb(folder: Path, stage: str, movie: str) -> float:
    """The peak of a stage's job, by Snakemake's benchmark; MiB there, MB here."""
    path = folder / "results" / "benchmarks" / stage / f"{movie}{'-0' * (stage in ('infer', 'instances'))}.tsv"
    with open(path, newline="") as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    return float(row["max_rss"]) * 2**20 / 1e6


def asked_mb(stage: str, shape: tuple[int, int, int, int]) -> int:
    """What the stage asks for, on a cluster without GPUs."""
    size = resources.Size(shape, 2)
    if stage == "infer":
        card = yaml.safe_load((CHECKOUT / "workflow" / "models" / "nuclei" / "card.yaml").read_text())
        return resources.infer_memory_mb(size, 1, card["architecture"]["base_width"], "auto", on_gpu=False)
    return resources.memory_mb(stage, size, 1)


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp()) if len(sys.argv) == 1 else Path(sys.argv[1])
    if not (folder / "results").is_dir():
        make_movies(folder)
        snakemake(folder, "--config", "movies=movies.tsv", "infer={device: cpu}")
    print(f"|movie: peak and request, MB; share|{'|'.join(STAGES)}|\n|---|{'---|' * len(STAGES)}")
    for name, shape in SHAPES.items():
        cells = []
        for stage in STAGES:
            peak, asked = peak_mb(folder, stage, file_name(name)), asked_mb(stage, shape)
            share = (peak + resources.SNAKEMAKE_MB) / asked
            cells.append(f"{peak:.0f}, {asked}; {share:.2f}")
        print(f"|{name}: {' x '.join(map(str, shape))}|{'|'.join(cells)}|")


if __name__ == "__main__":
    main()
