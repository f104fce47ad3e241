"""Sheets, configs, truth and annotations: texts that people write, and the images beside them."""

from pathlib import Path
from random import Random

import numpy as np
import tifffile
import yaml

from fuzzing.damage import of_bytes, of_text, of_tree
from fuzzing.limited import TryOne
from sidewinder.annotate.folder import REGIONS, SHEET, corrected, read_regions, write_regions, write_sheet, write_tiff
from sidewinder.annotate.regions import Region
from sidewinder.config import check_config, merged, read_config
from sidewinder.driver.same_raw import same_raw_lines
from sidewinder.evaluate import score_movie
from sidewinder.export.ctc import write_mask, write_track_rows
from sidewinder.names import CARD, WEIGHTS
from sidewinder.normalization import ByQuantiles
from sidewinder.plan import Plan
from sidewinder.settings import Config
from sidewinder.settings.check import defaults, made
from sidewinder.settings.default import default_config
from sidewinder.sheet import read_sheet
from sidewinder.train.annotations import read_annotations

SHEET_OF_MOVIES = (
    "# mine\nmovie\tpath\tposition\tchannel\tpixel_size_um\tframe_interval_s\tmodel\tblocks\ttruth\tdose\n"
    "a\tdata/*.tif\t0\tGFP\t0.65\t300\tnuclei\t2\tGT\t0.5\nb\tm.tif\t\t\t\t\t\t\t\tnone\n"
    'c\t"x ""1"".zarr"\t\t0,1\t1e-1\t\t./mine\t1\t\t\n'
)
LABELS = np.zeros((3, 24, 20), np.uint16)
LABELS[:, 2:8, 3:9], LABELS[:2, 12:19, 4:12], LABELS[2, 12:15, 4:12], LABELS[2, 16:19, 4:12] = 1, 2, 3, 4
TRACKS = np.array([(1, 0, 2, 0), (2, 0, 1, 0), (3, 2, 2, 2), (4, 2, 2, 2)])


def sheet(folder: Path) -> TryOne:
    """The sheet of movies, through all that a run looks at before it begins."""

    for model in ("models/nuclei", "mine"):
        (folder / model).mkdir(parents=True)
        for name in (CARD, WEIGHTS):
            (folder / model / name).touch()

    def try_one(rng: Random) -> None:
        (folder / "s.tsv").write_bytes(of_text(rng, SHEET_OF_MOVIES))
        plan = Plan(read_sheet("s.tsv"), defaults(Config), folder / "models")
        same_raw_lines(plan.rows)
        plan.check_folders("s.tsv")
        plan.check_blocks("s.tsv")
        plan.check_models("s.tsv")

    return try_one


def config(folder: Path) -> TryOne:
    """A config file, merged with the defaults as Snakemake does."""
    text = default_config()
    tree = yaml.safe_load(text)

    def try_one(rng: Random) -> None:
        changed = of_text(rng, text) if rng.random() < 0.4 else yaml.safe_dump(of_tree(rng, tree)).encode()
        (folder / "c.yaml").write_bytes(changed)
        whole = merged(defaults(Config), read_config(folder / "c.yaml"))
        check_config(whole, ["c.yaml"])
        made(Config, whole)
        Plan({}, whole, folder / "models").check_folders("s.tsv")

    return try_one


def annotations(folder: Path) -> TryOne:
    """A sheet of annotated frames, an image of it, or its labels."""
    text = "images\tlabels\tcomplete\tframes\tuse\tpixel_size_um\tborder_px\n01\tSEG\tyes\t0-1\ttrain\t0.5\t3\n"
    for name in ("01", "SEG"):
        (folder / name).mkdir()
    for frame, labels in enumerate(LABELS):
        tifffile.imwrite(folder / "01" / f"t{frame}.tif", labels * 90 + 10, compression="zlib")
        tifffile.imwrite(folder / "SEG" / f"l{frame}.tif", labels)
    sound = {path: path.read_bytes() for path in folder.glob("*/*.tif")}

    def try_one(rng: Random) -> None:
        (folder / "a.tsv").write_bytes(text.encode() if rng.random() < 0.5 else of_text(rng, text))
        path = rng.choice(sorted(sound))
        path.write_bytes(of_bytes(rng, sound[path]))
        try:
            read_annotations("a.tsv", ByQuantiles())
        finally:
            path.write_bytes(sound[path])

    return try_one


def corrections(folder: Path) -> TryOne:
    """The folder of `snakemake annotate`: its sheet, its list of regions, and corrected labels."""
    regions = {1: Region("m", 0, 0, 0, 24, 20, 0.25), 2: Region("m", 2, 4, 5, 10, 10, 0.5)}
    write_regions(folder, regions)
    (folder / "m" / "corrected").mkdir(parents=True)
    for number, region in regions.items():
        write_tiff(folder / "m" / "corrected" / f"{number:04}.tif", LABELS[region.frame][region.place], 0.5)
    write_sheet(folder, {"m": {"movie": "m.zarr", "channel": "0"}})
    sound = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def try_one(rng: Random) -> None:
        path = rng.choice([folder / REGIONS, folder / SHEET, *sorted(sound)])
        text = path.suffix == ".tsv"
        path.write_bytes(of_text(rng, sound[path].decode()) if text else of_bytes(rng, sound[path]))
        try:
            corrected(folder, read_regions(folder))
        finally:
            path.write_bytes(sound[path])

    return try_one


def truth(folder: Path) -> TryOne:
    """Truth of the Cell Tracking Challenge: its table of tracks, and its masks."""
    for name, mask, tracks in (
        ("ctc", "mask{:03}.tif", "res_track.txt"),
        ("TRA", "man_track{:03}.tif", "man_track.txt"),
    ):
        (folder / name).mkdir()
        for frame, labels in enumerate(LABELS):
            write_mask(folder / name / mask.format(frame), labels)
        write_track_rows(folder / name / tracks, TRACKS)
    sound = {path: path.read_bytes() for path in (folder / "TRA").iterdir()}
    table = folder / "TRA" / "man_track.txt"

    def try_one(rng: Random) -> None:
        path = table if rng.random() < 0.7 else rng.choice(sorted(sound))
        path.write_bytes(of_text(rng, sound[path].decode()) if path == table else of_bytes(rng, sound[path]))
        try:
            score_movie("ctc", ".", "scores.csv", movie="m")
        finally:
            path.write_bytes(sound[path])

    return try_one
