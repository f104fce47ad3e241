"""Cells of all frames to tracks and lineages."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.edits.links import known_links
from sidewinder.edits.places import Places
from sidewinder.edits.table import Broken, Edit
from sidewinder.link.confidence import link_scores
from sidewinder.link.constraints import Constraints
from sidewinder.link.divisions import find_divisions
from sidewinder.link.drift import estimate_drift
from sidewinder.link.gaps import close_gaps
from sidewinder.link.graph import NONE, chains
from sidewinder.link.linking import link, link_within
from sidewinder.link.points import Points
from sidewinder.link.search_range import search_range_of
from sidewinder.link.tracked import Tracked
from sidewinder.settings import TrackSettings
from sidewinder.track.lineage import number_tracks
from sidewinder.track.recording import Recording
from sidewinder.track.short import keep_long
from sidewinder.track.tables import DRIFT_CORRECTED, consume_into_tracks_table, lineage_table, typed

log = logging.getLogger("sidewinder")


@dataclass(frozen=True)
class Tracks:
    """What tracking found.

    Parameters
    ----------
    tracks : DataFrame
        One row a cell a frame, sorted by `track_id, frame`; the columns of `consume_into_tracks_table`.
    lineage : DataFrame
        One row a track, sorted by `track_id`; the columns of `lineage_table`.
    label_tracks : DataFrame
        `frame, label, track_id`: which label of which frame belongs to which track, 0 for one that is left out; sorted
        by `frame, label`.
    """

    tracks: pd.DataFrame
    lineage: pd.DataFrame
    label_tracks: pd.DataFrame


def track_cells(cells: pd.DataFrame, recording: Recording, settings: TrackSettings) -> Tracks:
    """Track the cells of a movie, of which only the table is there, so that nothing is repaired; see `link_cells`."""
    return consume_into_tables(link_cells(cells, recording, settings), recording, settings.min_frames)


def link_cells(
    cells: pd.DataFrame,
    recording: Recording,
    settings: TrackSettings,
    edits: Sequence[Edit] = (),
    broken: list[Broken] | None = None,
) -> Tracked:
    """Find out which cells are one, and which descend from which.

    What all cells move together, the drift of the stage, is taken out; frames are linked, gaps closed, divisions
    found, in this order. Frames that are no image are passed over: those before and behind them are neighbours. The
    tables give positions as they are in the image and drift-corrected, as all motion is measured.

    Parameters
    ----------
    cells : DataFrame
        One row a cell a frame, in any order: `frame, label, y_px, x_px, area_px, touches_border` and whatever else was
        measured, which is passed on. There may be none, and frames without.
    recording : Recording
        Size and scales of the movie.
    settings : TrackSettings
        What the user set.
    edits : sequence of Edit
        What the user has corrected: links and divisions that are, and that are not, whatever tracking finds.
    broken : list of Broken, optional
        Edits that do not hold are added to it.

    Returns
    -------
    Tracked
        Each cell is in exactly one track, each track has no children or two to four, and a parent's last frame comes
        before its children's first.

    Raises
    ------
    UserError
        If the search range is given in micrometres and the pixel size is not known.
    """
    cells = recording.in_sides(by_frame(typed(cells)))
    seen = recording.seen(cells["frame"].to_numpy())
    points = Points.from_cells(cells, recording.n_frames).in_seen_frames(seen)
    moved_px = _drift(points, np.flatnonzero(seen), recording.drift_px)
    corrected = points.without_drift(moved_px)
    search_range_px = _search_range(corrected, settings, recording.pixel_size_um)
    known, not_held = known_links(edits, Places(cells, recording.sides), len(cells))
    if broken is not None:
        broken += not_held
    successor = _links(corrected, search_range_px, settings.max_gap_frames, known)
    if settings.divisions:
        successor, mother, division_score = find_divisions(corrected, successor, settings.max_gap_frames, known)
    else:
        mother, division_score = known.of_daughters()
    cells["track"] = track = chains(successor)
    first = np.unique(track, return_index=True)[1]
    parent = np.where(mother[first] == NONE, NONE, track[mother[first]])
    # where nothing was seen, the stage is where it was
    moved_px = np.concatenate([np.zeros((1, 2)), moved_px])[np.cumsum(seen)]
    corrected_cells = _corrected_cells(cells, known)
    return Tracked(cells, parent, division_score[first], moved_px, search_range_px, recording.sides, corrected_cells)


def consume_into_tables(tracked: Tracked, recording: Recording, min_frames: int = 1) -> Tracks:
    """Number tracks, and make the tables of them; uses up the cells, which of a large movie must not be held twice.

    Tracks that are left out, as of `keep_long`, have no number and are in no table, but they compete with the others
    for links, so that scores stay as they are.
    """
    cells = tracked.cells
    points = Points.from_cells(cells, recording.n_frames)
    corrected = points.without_drift(tracked.moved_px)
    keep = keep_long(tracked, min_frames)
    family = number_tracks(points.only(keep), tracked.track[keep], tracked.parent)
    seen = recording.seen(points.frame)
    score = link_scores(corrected.in_seen_frames(seen), tracked.successor(), tracked.search_range_px)
    used, first = np.unique(tracked.track, return_index=True)
    score[tracked.has_known_link & ~np.isnan(score)] = 1.0
    score[first] = tracked.division_score[used]
    cells["corrected"] = tracked.is_corrected
    del cells["track"]
    if "repaired" not in cells:
        cells["repaired"] = ""
    cells["track_id"], cells["link_score"] = 0, score
    cells.loc[keep, "track_id"] = family.track_id
    # what all cells do by themselves is none of the stage's, where that is known
    of_stage = corrected if recording.drift_px is None else points.without_drift(recording.drift_px)
    cells[DRIFT_CORRECTED] = of_stage.yx_px
    label_tracks = cells[["frame", "label", "track_id"]]
    if not keep.all():
        cells = cells[keep].reset_index(drop=True)
    n_divisions = len(family.children())
    log.info("%d cells in %d tracks, %d divisions", len(cells), len(family.lineage_id), n_divisions)
    lineage = lineage_table(cells, family, recording, tracked.search_range_px)
    return Tracks(consume_into_tracks_table(cells, family, recording), lineage, label_tracks)


def _links(corrected: Points, search_range_px: float, max_gap_frames: int, known: Constraints) -> np.ndarray:
    """The successor of each cell, -1 for none, with those that are known."""
    successor = link(corrected, search_range_px)
    if known:
        successor = link_within(corrected, successor, search_range_px, known)
        successor[list(known.links)] = list(known.links.values())
    return close_gaps(corrected, successor, search_range_px, max_gap_frames, known)


def _corrected_cells(cells: pd.DataFrame, known: Constraints) -> dict[tuple[int, int], bool]:
    """Frame and label of the cells whose links are corrected, and whether it is known what they follow."""
    rows = dict.fromkeys([*known.undivided, *(target for _, target in known.unlinked)], False)
    rows |= dict.fromkeys(np.flatnonzero(known.fixed_targets).tolist(), True)
    where = cells[["frame", "label"]].to_numpy(np.int64)
    return {(int(where[row, 0]), int(where[row, 1])): of_link for row, of_link in rows.items()}


def by_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells sorted by frame and label; blocks have them so, and what would be gigabytes is not copied."""
    order = np.lexsort((cells["label"], cells["frame"]))
    in_order = (order[1:] > order[:-1]).all()
    return cells.reset_index(drop=True) if in_order else cells.iloc[order].reset_index(drop=True)


def _drift(points: Points, numbers: np.ndarray, of_stage_px: np.ndarray | None) -> np.ndarray:
    """How far all cells have moved since the first of frames of these numbers; says in the log how far at once."""
    known_px = np.zeros((len(numbers), 2)) if of_stage_px is None else of_stage_px[numbers]
    drift = estimate_drift(points.without_drift(known_px)) + np.diff(known_px, axis=0, prepend=known_px[:1])
    size_px = np.linalg.norm(drift, axis=1)
    if size_px.any():
        moved, most, frame = np.count_nonzero(size_px), size_px.max(), size_px.argmax()
        log.info("drift in %d of %d frames, at most %.1f px (frame %d)", moved, len(drift), most, numbers[frame])
    return np.cumsum(drift, axis=0)


def _search_range(corrected: Points, settings: TrackSettings, pixel_size_um: float | None) -> float:
    """The search range in pixels, as given or from the movie; says in the log which."""
    given_px = settings.given_search_range_px(pixel_size_um)
    search_range_px = search_range_of(corrected) if given_px is None else given_px
    in_um = "" if pixel_size_um is None else f" ({search_range_px * pixel_size_um:.1f} um)"
    log.info("search range %.1f px%s, %s", search_range_px, in_um, "from the movie" if given_px is None else "as given")
    return search_range_px
