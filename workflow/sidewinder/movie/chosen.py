"""The frames that the sheet takes of a movie."""

from dataclasses import replace

from sidewinder.errors import UserError
from sidewinder.frame_ranges import parse_frames
from sidewinder.movie.movie import Frames


def taken(path: str, frames: Frames, chosen: str | None) -> Frames:
    """Take some frames of a movie, by the numbers that `source_frame` of the tables has.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    frames : Frames
        All of them.
    chosen : str or None
        Such as "0-119,130"; None for all. What was never written is left out of a range.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the movie ends before the last that is chosen, or has none of a range.
    """
    if chosen is None:
        return frames
    numbers = list(frames.source_frames) or list(range(frames.n_frames))
    places: list[int] = []
    for wanted in parse_frames(chosen):
        if not numbers or wanted.stop - 1 > numbers[-1]:
            raise UserError(
                f"{path}: has no frame {wanted.stop - 1}; the last of its {len(numbers)} frames is "
                f"{numbers[-1] if numbers else 'none'} (the first is 0): change the sheet's column 'frames' ({chosen})"
            )
        found = [place for place, number in enumerate(numbers) if number in wanted]
        if not found:
            raise UserError(
                f"{path}: frame {wanted.start} was never written: take it out of the sheet's column 'frames' ({chosen})"
            )
        places += found
    sources = [numbers[place] for place in places]
    has_times = len(frames.taken_s) == frames.n_frames
    return replace(
        frames,
        read=lambda frame: frames.read(places[frame]),
        n_frames=len(places),
        taken_s=[frames.taken_s[place] for place in places] if has_times else frames.taken_s,
        source_frames=() if sources == list(range(len(sources))) else sources,
    )
