"""Whether scores of links and divisions come true: of what is scored 0.9, nine tenths should be right.

    python benchmarks/confidence.py

prints the table of docs/measurements/tracking.md. Spoiled masks and crowds are others, by chance, than those that the
scores were fitted to; PSC takes no part in divisions, of which its truth leaves out many. Links between two things that
are both no cells are neither right nor wrong.
"""

import logging
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from lineages import Truth, of_crowd, of_real_movie
from sidewinder.simulate.crowd import Crowd
from sidewinder.simulate.spoil import Damage
from sidewinder.track import TrackSettings, track_cells

DATA = CHECKOUT.parent / "shared" / "data"
NAMES = ("Fluo-N2DH-SIM+", "Fluo-N2DH-GOWT1", "Fluo-C2DL-MSC", "PhC-C2DH-U373", "PhC-C2DL-PSC")
WITHOUT_DIVISIONS = "PhC-C2DL-PSC"
SEEDS = range(3, 8)
COLUMNS = ("true masks", "spoiled masks", "crowds")
BANDS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)


def scored(truth: Truth) -> pd.DataFrame:
    """Links with `score`, whether they are `right` and whether they are of a `division`."""
    found = track_cells(truth.cells.drop(columns="truth"), truth.recording, TrackSettings())
    rows = found.label_tracks.merge(truth.cells[["frame", "label", "truth"]], on=["frame", "label"])
    rows = rows.merge(found.tracks[["frame", "track_id", "parent_track_id", "link_score"]], on=["frame", "track_id"])
    rows = rows.sort_values(["track_id", "frame"], ignore_index=True)
    node = list(zip(rows["frame"], rows["truth"], strict=True))
    last = dict(zip(rows["track_id"], node, strict=True))
    true, links = truth.edges, []
    for index, row in enumerate(rows.itertuples()):
        if np.isnan(row.link_score):
            continue
        first = index == 0 or rows["track_id"].iat[index - 1] != row.track_id
        before = last[row.parent_track_id] if first else node[index - 1]
        if before[1] or row.truth:
            links.append((row.link_score, (before, node[index]) in true, first))
    return pd.DataFrame(links, columns=["score", "right", "division"])


def movies(name: str) -> Iterator[tuple[str, Truth]]:
    """What a column of the table is of, with the movies' names."""
    if name == "crowds":
        yield from ((name, of_crowd(Crowd(n, n_frames=20, seed=seed))) for n in (1000, 5000) for seed in (5, 6))
    for movie in NAMES:
        if name == "true masks":
            yield movie, of_real_movie(DATA / movie)
        elif name == "spoiled masks":
            yield from ((movie, of_real_movie(DATA / movie, Damage(), seed)) for seed in SEEDS)


def band_rows(columns: dict[str, pd.DataFrame]) -> Iterator[str]:
    """Rows of the table: of each band how many there are, their mean score, and how many are right."""
    for low, high in zip(BANDS[:-1], BANDS[1:], strict=True):
        cells = []
        for links in columns.values():
            some = links[(links["score"] >= low) & (links["score"] < high)]
            cells.append(f"{len(some):,}|{some['score'].mean():.3f}|{some['right'].mean():.3f}" if len(some) else "0||")
        yield f"|{low:g} to {min(high, 1):g}|{'|'.join(cells)}|"


def main() -> None:
    """Print both tables."""
    logging.disable(logging.CRITICAL)
    found = {name: [(movie, scored(truth)) for movie, truth in movies(name)] for name in COLUMNS}
    for division in (False, True):
        columns = {}
        for name, of_movies in found.items():
            links = pd.concat([links for movie, links in of_movies if not division or movie != WITHOUT_DIVISIONS])
            columns[name] = links[links["division"] == division]
        heads = "|".join(f"{name}: n|score|right" for name in columns)
        print(f"|{'divisions' if division else 'links'}|{heads}|")
        print("|---|" + "---|" * 3 * len(columns))
        print(*band_rows(columns), sep="\n")
        print()


if __name__ == "__main__":
    main()
