"""Named scenes with known tracks, from the cell table to the lineage table."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from sidewinder.track import Recording, TrackSettings, track_cells

LONG = Recording(n_frames=8, shape_yx=(400, 400), pixel_size_um=0.5, frame_interval_s=60.0)
FRAMES = range(8)


@dataclass(frozen=True)
class Case:
    """The rows (frame, y, x) or (frame, y, x, area) of each track, by its name, and who is whose mother."""

    tracks: dict[str, list[tuple]]
    mothers: dict[str, str] = field(default_factory=dict)
    settings: TrackSettings = TrackSettings()


def path(frames, start, step=(0, 0)):
    """A straight path that is at `start` in the first of the frames."""
    return [(frame, start[0] + nth * step[0], start[1] + nth * step[1]) for nth, frame in enumerate(frames)]


def without(rows, *frames):
    return [row for row in rows if row[0] not in frames]


def family(name, place, at, along=(1, 0)):
    """A mother who divides before frame `at`, and her daughters, who drift apart."""
    (y, x), (dy, dx) = place, along
    daughters = {
        f"{name}{side}": [
            (frame, y + sign * dy * (10 + frame - at), x + sign * dx * (10 + frame - at), 200) for frame in range(at, 8)
        ]
        for side, sign in (("-", -1), ("+", 1))
    }
    return {name: path(range(at), place)} | daughters, dict.fromkeys(daughters, name)


def shaken(tracks, shifts):
    """The tracks in a movie whose stage stands at `shifts` in each frame."""
    return {
        name: [(frame, y + shifts[frame][0], x + shifts[frame][1]) for frame, y, x in rows]
        for name, rows in tracks.items()
    }


def crowd(n_side, apart):
    """Cells that stay, at irregular places; in a lattice a jump could not be told from its complement."""
    lattice = np.stack(np.meshgrid(*[np.arange(n_side)] * 2), axis=-1).reshape(-1, 2)
    places = 50 + apart * (lattice + np.random.default_rng(0).uniform(-0.2, 0.2, lattice.shape))
    return {str(nth): path(FRAMES, place) for nth, place in enumerate(places)}


ONE, ONE_MOTHERS = family("m", (100, 100), at=3)
LEFT, LEFT_MOTHERS = family("l", (100, 100), at=3)
RIGHT, RIGHT_MOTHERS = family("r", (100, 150), at=3)
CROSS, CROSS_MOTHERS = family("c", (100, 100), at=4, along=(0.7, 0.7))
GRANDMOTHER = family("g", (100, 100), at=2)
STEPS = [(0, 0), (1, 1), (1, 1), (-14, 14), (1, 1), (20, 0), (1, 1), (1, 1)]
BYSTANDERS = {f"by{nth}": path(FRAMES, (200 + 60 * (nth // 3), 200 + 60 * (nth % 3))) for nth in range(9)}

CASES = {
    "straight line": Case({"a": path(FRAMES, (100, 100), (4, 3))}),
    "crossing": Case({"a": path(FRAMES, (100, 60), (0, 12)), "b": path(FRAMES, (120, 144), (0, -12))}),
    "one after the other": Case({"a": path(FRAMES, (100, 100), (0, 9)), "b": path(FRAMES, (100, 130), (0, 9))}),
    "gap": Case({"a": without(path(FRAMES, (100, 100), (2, 0)), 3, 4)}),
    "two gaps": Case({"a": without(path(FRAMES, (100, 100), (2, 0)), 2, 5)}),
    "gap beyond the longest": Case({"a": path(range(3), (100, 100)), "b": path(range(6, 8), (100, 100))}),
    "no gaps wanted": Case(
        {"a": path(range(3), (100, 100)), "b": path(range(4, 8), (100, 100))},
        settings=TrackSettings(max_gap_frames=0),
    ),
    "division": Case(ONE, ONE_MOTHERS),
    "division of a mother whom nothing is linked to": Case(ONE, ONE_MOTHERS, settings=TrackSettings(search_range_px=5)),
    "two divisions next to each other": Case(LEFT | RIGHT, LEFT_MOTHERS | RIGHT_MOTHERS),
    "division aslant among others": Case(CROSS | BYSTANDERS, CROSS_MOTHERS),
    "no divisions wanted": Case(
        {"m": path(range(3), (99, 100)) + ONE["m-"], "m+": ONE["m+"]}, settings=TrackSettings(divisions=False)
    ),
    "fragment of one frame": Case(
        {"a": [*without(path(FRAMES, (100, 100)), 4), (4, 92, 100, 160)], "b": [(4, 110, 100, 140)]}
    ),
    "merged for a frame": Case(
        # seen once in the place of both, a bit nearer to one, then both again: one goes on, the other has a gap
        {"a": [*without(path(FRAMES, (100, 100)), 4), (4, 108, 100, 628)], "b": without(path(FRAMES, (120, 100)), 4)}
    ),
    "a cell enters": Case({"a": path(FRAMES, (100, 100)), "b": path(range(3, 8), (100, 3), (0, 5))}),
    "drift and a jump": Case(shaken(crowd(5, 30), np.cumsum(STEPS, axis=0))),
    "jump of a crowd in which trackpy would give up": Case(
        shaken(crowd(9, 24), [(0, 0)] * 4 + [(11, -11)] * 4), settings=TrackSettings(search_range_px=30)
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("order", [0, 1])
def test_tracks_and_mothers_are_those_of_the_scene(make_cells, name, order):
    case = CASES[name]
    rows = [(*row, name) for name, rows in case.tracks.items() for row in rows]
    # labels say nothing of tracks
    rows = [rows[nth] for nth in np.random.default_rng(order).permutation(len(rows))]
    cells = make_cells([row[:-1] for row in rows])
    cells["truth"] = [row[-1] for row in sorted(rows, key=lambda row: row[0])]
    found = track_cells(cells.drop(columns="truth"), LONG, case.settings)
    named = cells.merge(found.label_tracks, on=["frame", "label"]).groupby("truth")["track_id"].unique()
    assert all(len(ids) == 1 for ids in named), named
    ids = named.str[0].to_dict()
    assert sorted(ids.values()) == list(range(1, len(case.tracks) + 1))
    parents = found.lineage.set_index("track_id")["parent_track_id"]
    assert {child: parents[ids[child]] for child in ids} == {
        child: ids.get(case.mothers.get(child), 0) for child in ids
    }


def test_generations_and_lineages_over_two_divisions(make_cells):
    tracks, _ = GRANDMOTHER
    # the upper daughter divides once more before frame 5
    tracks["g-"] = without(tracks["g-"], 5, 6, 7)
    y = tracks["g-"][-1][1]
    tracks |= {
        f"g-{sign}": [(f, y - 2, 100 + 10 * side, 200) for f in (5, 6, 7)] for sign, side in (("-", -1), ("+", 1))
    }
    other = path(FRAMES, (300, 300))
    found = track_cells(make_cells(sum(tracks.values(), other)), LONG, TrackSettings()).lineage
    ids = ["track_id", "parent_track_id", "lineage_id", "generation"]
    assert found[[*ids, "first_frame", "last_frame", "fate"]].to_numpy().tolist() == [
        [1, 0, 1, 0, 0, 1, "division"],
        [2, 0, 2, 0, 0, 7, "end"],
        [3, 1, 1, 1, 2, 4, "division"],
        [4, 1, 1, 1, 2, 7, "end"],
        [5, 3, 1, 2, 5, 7, "end"],
        [6, 3, 1, 2, 5, 7, "end"],
    ]
