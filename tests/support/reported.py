"""Small movies with tables as the stages write them, and their report pages."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sidewinder.repair import joined_repairs, repairs_of
from sidewinder.report.movie.page import write_report
from sidewinder.store import write_image, write_labels

# names that would end a script, or start one
EVIL = '</script><script>document.title="stolen"</script><img src=x onerror=alert(1)><!-- {{facts}}'
SIDE_PX = 96
# uneven light and a stage that moves, as preprocess keeps them of a movie of 14 frames and two channels
N_FRAMES = 14
FLAT = np.repeat(np.linspace(0.5, 1.5, SIDE_PX, dtype=np.float32)[None, None], 2, axis=0).repeat(SIDE_PX, axis=1)
CORRECTED: dict[str, Any] = {
    "attributes": {
        "light": {"statistics": [], "background": [[100.0] * 2] * N_FRAMES, "contrast": [[1.0] * 2] * 13 + [[0.5] * 2]},
        "drift": {"yx_px": [[0.5 * frame, -1.0 * frame] for frame in range(14)], "measured": [True] * 13 + [False]},
        "no_image": {"black_frame": [0]},
    },
    "arrays": {"flat_field": FLAT, "dark_field": np.full_like(FLAT, 10)},
}
WARNINGS = (
    ("giant_object", 7, 7, f"Frame 7: one object is large {EVIL}"),
    ("black_frame", 2, 3, "Frames 2 to 3: dark"),
    ("sudden_change_of_count", 5, 6, "Frames 5 to 6: more cells"),
)
# tracks and frames that users have corrected, and an edit in the middle of track 3 that does not hold
EDITED = [(3, 6), (3, 7), (3, 9), (4, 2)]
NOT_HELD = [
    ("edits_do_not_hold", 8, 8, "curated/m/edits.tsv, line 4, frame 8: delete at y 28, x 42 contradicts line 3")
]


@dataclass(frozen=True)
class Reported:
    """A page that has been written, and what of.

    Parameters
    ----------
    page : Path
        The file.
    tracks, lineage : DataFrame
        The movie's tables.
    labels : ndarray, (T, Y, X)
        A pixel's value is its track.
    facts : dict
        What the page knows.
    """

    page: Path
    tracks: pd.DataFrame
    lineage: pd.DataFrame
    labels: np.ndarray
    facts: dict[str, Any]

    def array(self, name: str) -> np.ndarray:
        """An array that the page carries, as it lies there."""
        about = self.facts["arrays"][name]
        blob = gzip.decompress(base64.b64decode(carried(self.page, "arrays")))
        size = int(np.prod(about["shape"]))
        return np.frombuffer(blob, about["dtype"], size, about["start"]).reshape(about["shape"])

    def decoded(self, name: str) -> np.ndarray:
        """The whole numbers of an array that is coded."""
        low, high = self.array(name).astype(np.int64)
        folded = low | high << 8
        return np.cumsum((folded >> 1) ^ -(folded & 1)) & 65535

    def values(self, name: str) -> np.ndarray:
        """The values of a column of cells."""
        index, about = next((i, one) for i, one in enumerate(self.facts["columns"]) if one["name"] == name)
        steps = self.decoded(f"column{index}")
        return np.where(steps > 0, about["low"] + (steps - 1) * about["size"], np.nan)


def carried(page: Path, name: str) -> str:
    """The text of an element of a page."""
    return re.search(rf'id="{name}">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)[1]


def cells_of(n_frames: int) -> tuple[np.ndarray, dict[int, int]]:
    """Labels (T, Y, X), and the mother of each track: 1 divides into 2 and 3 in frame 5, and 2 into 5 and 6 in 9."""
    labels = np.zeros((n_frames, SIDE_PX, SIDE_PX), np.uint16)
    y, x = np.indices((SIDE_PX, SIDE_PX))

    def disc(frames: range, track: int, cy: float, cx: float, radius: float) -> None:
        for frame in frames:
            labels[frame][(y - cy - frame) ** 2 + (x - cx) ** 2 < radius**2] = track

    disc(range(min(5, n_frames)), 1, 20, 30, 12)
    disc(range(5, min(9, n_frames)), 2, 20, 20, 8)
    disc(range(5, n_frames), 3, 20, 42, 8)
    disc(range(9, n_frames), 5, 20, 12, 5)
    disc(range(9, n_frames), 6, 20, 26, 5)
    disc(range(n_frames), 4, 60, 60, 15)
    mothers = {1: 0, 2: 1, 3: 1, 4: 0, 5: 2, 6: 2}
    return labels, {track: mother for track, mother in mothers.items() if (labels == track).any()}


def reported(
    folder: Path, *, n_frames: int = N_FRAMES, channels: tuple[str, ...] = ("GFP", EVIL), empty: bool = False,
    pixel_size_um: float | None = 0.5, attributes: Mapping[str, Any] = MappingProxyType({}),
    arrays: Mapping[str, np.ndarray] = MappingProxyType({}), written: Mapping[str, Any] = MappingProxyType({}),
    edited: bool = False, **keywords: Any,
) -> Reported:  # fmt: skip
    """Write a movie, with what preprocess keeps with it, its tables and its page.

    `written` is of `write_image`; where it is `edited`, users have corrected cells, and an edit does not hold.
    """
    labels, mothers = cells_of(n_frames)
    if empty:
        labels, mothers = np.zeros_like(labels), {}
    movie = folder / "movie.ome.zarr"
    noise = np.random.default_rng(0).integers(90, 110, (n_frames, len(channels), SIDE_PX, SIDE_PX))
    light = (labels[:, None] > 0) * np.arange(1, len(channels) + 1)[:, None, None] * 300
    frames = (noise + light).astype(np.uint16)
    write_image(
        movie, frames, n_frames=n_frames, shape_cyx=frames.shape[1:], dtype=frames.dtype, pixel_size_um=pixel_size_um,
        frame_interval_s=60.0 if pixel_size_um else None, channel_names=channels, attributes=dict(attributes),
        arrays=lambda: dict(arrays), **written,
    )  # fmt: skip
    write_labels(movie, labels, largest_label=9)
    tracks, lineage = _tables(labels, mothers, frames, pixel_size_um)
    tracks = tracks.assign(corrected=tracks.set_index(["track_id", "frame"]).index.isin(EDITED)) if edited else tracks
    tracks.to_parquet(folder / "tracks.parquet")
    lineage.to_csv(folder / "lineage.csv", index=False)
    warned = pd.DataFrame(
        [*WARNINGS, *NOT_HELD * edited] if n_frames > 7 else (),
        columns=["kind", "first_frame", "last_frame", "message"],
    )
    warned.assign(movie="m").to_csv(folder / "warnings.csv", index=False)
    model = folder / "model"
    model.mkdir(exist_ok=True)
    (model / "card.yaml").write_text(f"about: {EVIL}\n")
    usual = {"movie": "m", "channel": "0", "columns": "auto", "model": model, "row": {"movie": "m", "dose": EVIL}}
    about = {"stage": "track", "made": "2026-11-28T17:00:00", "settings": {"settings": {"repair": True}}}
    stages = [{**about, "versions": {"numpy": "2.0"}, "sources": {"raw": {"n": 1, "files": [[EVIL, "ab" * 32]]}}}]
    write_report(
        movie, folder / "tracks.parquet", folder / "lineage.csv", folder / "warnings.csv",
        *_of_repair(folder, labels), folder / "report.html", **{**usual, "made": stages, **keywords},
    )  # fmt: skip
    facts = json.loads(carried(folder / "report.html", "facts"))
    return Reported(folder / "report.html", tracks, lineage, labels, facts)


def _of_repair(folder: Path, labels: np.ndarray) -> tuple[Path, Path]:
    """What was painted over the labels, and which label is which track: in frame 3 the right half of 4 was 1."""
    frames, changes = range(len(labels)), {}
    if (labels == 4).any() and len(labels) > 3:
        found = labels[3].copy()
        found[:, SIDE_PX // 2 + 12 :][found[:, SIDE_PX // 2 + 12 :] == 4] = 1
        changes = {3: repairs_of(found, labels[3])}
    joined_repairs(changes).to_parquet(folder / "repairs.parquet")
    rows = [(frame, int(label), int(label)) for frame in frames for label in np.unique(labels[frame])[1:]]
    known = pd.DataFrame(np.array(rows, np.int64).reshape(-1, 3), columns=["frame", "label", "track_id"])
    known.to_parquet(folder / "label_tracks.parquet")
    return folder / "repairs.parquet", folder / "label_tracks.parquet"


def _tables(
    labels: np.ndarray, mothers: dict[int, int], frames: np.ndarray, pixel_size_um: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What of the tables the page needs."""
    um = pixel_size_um or np.nan
    rows = []
    for track in mothers:
        for frame in np.flatnonzero((labels == track).any(axis=(1, 2))):
            ys, xs = np.nonzero(labels[frame] == track)
            born = mothers[track] and frame == np.flatnonzero((labels == track).any(axis=(1, 2)))[0]
            rows.append(
                {
                    "movie": "m", "track_id": track, "frame": int(frame), "y_px": ys.mean(), "x_px": xs.mean(),
                    "area_px": float(len(ys)), "area_um2": len(ys) * um**2,
                    "speed_um_per_s": 0.01 * um + frame / 1e4 * um,
                    "speed_px_per_frame": 0.5 + frame / 100, "eccentricity": 0.1 * track, "n_neighbours": 2 + track % 3,
                    "corrected_mean_GFP": float(frames[frame, 0][ys, xs].mean()), "touches_border": False,
                    "repaired": "merged" if (track, frame) == (4, 3) else None,
                    "link_score": 0.71 if born else np.nan if not frame else 0.31 if (track, frame) == (4, 8) else 0.95,
                }
            )  # fmt: skip
    names = (
        "movie track_id frame y_px x_px area_px area_um2 speed_um_per_s speed_px_per_frame eccentricity n_neighbours"
    )
    names += " corrected_mean_GFP touches_border repaired link_score"
    tracks = pd.DataFrame(rows, columns=names.split())
    kinds = dict.fromkeys(tracks.columns[3:], "float64") | dict.fromkeys(("track_id", "frame", "n_neighbours"), "int64")
    tracks = tracks.astype({**kinds, "movie": "str", "repaired": "str", "touches_border": "bool"})
    return tracks, _lineage(tracks, mothers)


def _lineage(tracks: pd.DataFrame, mothers: dict[int, int]) -> pd.DataFrame:
    founders = {track: track if not mother else 1 for track, mother in mothers.items()}
    rows = []
    for track, mother in mothers.items():
        own = tracks[tracks["track_id"] == track]
        divides = track in mothers.values()
        rows.append(
            {
                "movie": "m", "track_id": track, "parent_track_id": mother, "lineage_id": founders[track],
                "generation": (track > 1) + (track > 4) - (track == 4), "first_frame": own["frame"].min(),
                "last_frame": own["frame"].max(), "n_frames": len(own), "fate": "division" if divides else "end",
                "division_score": (0.42 if track == 1 else 0.9) if divides else np.nan,
                "min_link_score": own["link_score"].min(),
            }
        )  # fmt: skip
    names = "movie track_id parent_track_id lineage_id generation first_frame last_frame n_frames fate division_score"
    return pd.DataFrame(rows, columns=[*names.split(), "min_link_score"])
