"""Links and divisions that may be wrong, by their scores: what to look at behind the warnings."""

from typing import Any

import pandas as pd

# nobody looks at more
MOST = 200
UNCERTAIN_BELOW = 0.8


def uncertain_places(tracks: pd.DataFrame, lineage: pd.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Links and divisions whose score is low, the least certain first.

    Parameters
    ----------
    tracks : DataFrame
        The table of cells, `track_id, frame, link_score`, sorted by track and frame.
    lineage : DataFrame
        The table of tracks, `track_id, last_frame, division_score`.

    Returns
    -------
    places : list of dict
        `kind` ("link" or "division"), `track`, `frame` and `score`: of a link the frame to which it leads, of a
        division the mother and the last frame in which she was seen. At most `MOST`.
    n : int
        How many there are.
    """
    # the first row of a daughter has the score of the division
    links = tracks[tracks["track_id"].duplicated() & (tracks["link_score"] < UNCERTAIN_BELOW)]
    divisions = lineage[lineage["division_score"] < UNCERTAIN_BELOW]
    both = pd.concat(
        [
            _places("division", divisions, "last_frame", "division_score"),
            _places("link", links, "frame", "link_score"),
        ]
    ).sort_values(["score", "frame", "track"], kind="stable")
    return [
        {"kind": str(kind), "track": int(track), "frame": int(frame), "score": round(float(score), 4)}
        for kind, track, frame, score in both.head(MOST).itertuples(index=False)
    ], len(both)


def _places(kind: str, rows: pd.DataFrame, frame: str, score: str) -> pd.DataFrame:
    columns = {"track": rows["track_id"], "frame": rows[frame], "score": rows[score].astype(float)}
    table = pd.DataFrame(columns)
    table.insert(0, "kind", kind)
    return table
