"""What Sidewinder reads of its own again, damaged by a disk, a copy that did not end, or a spreadsheet."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd

from fuzzing.damage import of_bytes, of_text, of_tree
from fuzzing.limited import TryOne
from sidewinder.driver.ending import summary_lines, warning_lines
from sidewinder.export.ctc import export_ctc
from sidewinder.export.geff import export_geff
from sidewinder.names import EXPERIMENT, EXPERIMENT_LINEAGE, LINEAGE, PUBLISHED, SUMMARY, TRACKS, TRACKS_CSV, WARNINGS
from sidewinder.provenance.consistency import contradictions, missing_in_tables
from sidewinder.provenance.record import Record, read_record, write_record
from sidewinder.store import write_image, write_labels
from sidewinder.tables import collect_experiment

# frame, track: a gap, and a division
SEEN = [(0, 1), (1, 1), (3, 1), (4, 2), (5, 2), (4, 3), (0, 4), (1, 4)]
PARENTS = {1: 0, 2: 1, 3: 1, 4: 0}
N_FRAMES = 6
TEXTS = (".csv", ".txt")


def publish(folder: Path) -> None:
    """Write what is made of a movie."""
    folder.mkdir()
    cells = pd.DataFrame(SEEN, columns=["frame", "track_id"]).sort_values(["track_id", "frame"], ignore_index=True)
    place = {name: cells["track_id"] * 4.0 for name in ("y_px", "x_px", "y_um", "x_um")}
    cells = cells.assign(movie="a", **place, area_px=9.0, area_um2=9.0, link_score=0.5, lineage_id=1)
    spans = cells.groupby("track_id")["frame"].agg(["min", "max"]).to_numpy()
    lineage = pd.DataFrame({"movie": "a", "track_id": PARENTS.keys(), "parent_track_id": PARENTS.values()})
    lineage = lineage.assign(first_frame=spans[:, 0], last_frame=spans[:, 1], lineage_id=1, fate="end")
    cells.to_parquet(folder / TRACKS)
    cells.to_csv(folder / TRACKS_CSV, index=False)
    lineage.to_csv(folder / LINEAGE, index=False)
    (folder / WARNINGS).write_text('movie,kind,first_frame,last_frame,message\na,black_frame,0,1,"dark, it seems"\n')
    labels = np.zeros((N_FRAMES, 20, 24), np.uint16)
    for frame, track in zip(cells["frame"], cells["track_id"], strict=True):
        labels[frame, track * 4 : track * 4 + 3, 2:5] = track
    write_image(
        folder / PUBLISHED, labels[:, None], n_frames=N_FRAMES, shape_cyx=(1, 20, 24), dtype=np.uint16,
        pixel_size_um=1.0, frame_interval_s=1.0, channel_names=["0"], attributes={},
    )  # fmt: skip
    write_labels(folder / PUBLISHED, labels, largest_label=9)
    export_ctc(folder / PUBLISHED, folder / TRACKS, folder / LINEAGE, folder / "ctc")
    export_geff(folder / TRACKS, folder / LINEAGE, folder / "tracks.geff")


def results(folder: Path) -> TryOne:
    """A finished movie: what `verify` says of it, and the tables of all movies."""
    movie = folder / "a"
    publish(movie)
    sound = {path: path.read_bytes() for path in movie.rglob("*") if path.is_file()}

    def try_one(rng: Random) -> None:
        path = rng.choice(sorted(sound))
        text = path.suffix in TEXTS and rng.random() < 0.7
        path.write_bytes(of_text(rng, sound[path].decode()) if text else of_bytes(rng, sound[path]))
        try:
            assert all(isinstance(what, str) for _, what in contradictions(movie))
            for not_done in ({}, None):
                collect_experiment(
                    [{"movie": "a", "dose": "1"}], movies=[movie / PUBLISHED], tracks=[movie / TRACKS],
                    lineages=[movie / LINEAGE], scores=[], warnings=[movie / WARNINGS],
                    experiment_parquet=folder / EXPERIMENT, lineage_parquet=folder / EXPERIMENT_LINEAGE,
                    summary_csv=folder / SUMMARY, with_csv=True, not_done=not_done,
                )  # fmt: skip
                list(missing_in_tables(folder, ["a"]))
        finally:
            path.write_bytes(sound[path])

    return try_one


def summary(folder: Path) -> TryOne:
    """The summary and the warnings of a movie, which the end of a run shows."""
    sound = {
        folder / SUMMARY: "movie,state,reason,warnings,frames,cells,tracks,divisions,SEG\n"
        'a,done,,black_frame (frames 0-1),3,7,4,0,0.5\nb,failed,"b.tif: is cut off, it seems",,,,,,\n',
        folder / "a" / WARNINGS: "movie,kind,first_frame,last_frame,message\na,black_frame,0,1,dark\n",
    }
    (folder / "a").mkdir()
    for path, text in sound.items():
        path.write_text(text)

    def try_one(rng: Random) -> None:
        path = rng.choice(sorted(sound))
        path.write_bytes(of_text(rng, sound[path]))
        try:
            summary_lines(folder, folder)
            warning_lines(folder, folder)
        finally:
            path.write_text(sound[path])

    return try_one


def record(folder: Path) -> TryOne:
    """The record of a job, by which the next run finds what has changed."""
    path = folder / "a.json"
    write_record(
        path, Record({"channel": "0"}, {"preprocess/a": "0f"}, {}, {"tracks.csv": "1e"}, {"numpy": "2"}, "now")
    )
    tree = json.loads(path.read_text())

    def try_one(rng: Random) -> None:
        path.write_bytes(json.dumps(of_tree(rng, tree)).encode("utf-8", "surrogatepass"))
        read_record(path)

    return try_one
