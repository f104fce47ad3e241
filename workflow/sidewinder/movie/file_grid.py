"""Files of single images, put in order by their names: positions, frames and channels."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sidewinder.errors import UserError
from sidewinder.movie.movie import choose_position
from sidewinder.movie.name_fields import Column, Fields, read_fields
from sidewinder.movie.name_times import DAY_S
from sidewinder.movie.naming import places_in_sequence

log = logging.getLogger("sidewinder")

Key = tuple[float, ...]


@dataclass(frozen=True)
class FileGrid:
    """The files of a movie.

    Parameters
    ----------
    files : list of list of str
        By frame, then by slice and by channel; one a slice where all channels are in each file.
    channel_names : tuple of str
        As the names have them; empty where they do not name channels.
    taken_s : tuple of float
        When each frame was taken, in seconds since any moment; empty where names do not say.
    source_frames : tuple of int
        Which of the frames that were planned each is; empty where none is missing.
    n_slices : int
        How many z-slices of a frame are in files of their own.
    """

    files: list[list[str]]
    channel_names: tuple[str, ...]
    taken_s: tuple[float, ...]
    source_frames: tuple[int, ...]
    n_slices: int = 1


def arrange_files(where: str, files: Sequence[str], names: Sequence[str], position: str | None) -> FileGrid:
    """Put files in order by their names.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    files : sequence of str
        In natural order.
    names : sequence of str
        Of each file what is to be read: its path from the folder on.
    position : str or None
        Which position, where names count several.

    Returns
    -------
    FileGrid

    Raises
    ------
    UserError
        If names do not say which file is which frame, channel and position, there is no such position, or an image is
        missing between others.
    """
    fields = read_fields(where, names)
    frames, positions = _frame_keys(fields), _positions(fields, len(files))
    channels, slices = fields.channels or _labels(fields.of("channel")), _labels(fields.of("z"))
    chosen = _chosen_position(where, positions, position)
    by_frame: dict[Key, dict[str, int]] = {}
    for i in chosen:
        images = by_frame.setdefault(frames[i] if frames else (), {})
        image = image_name(channels[i] if channels else "", slices[i] if slices else "")
        if image in images:
            _refuse_two(where, names[images[image]], names[i], fields)
        images[image] = i
    ordered = [by_frame[key] for key in sorted(by_frame)]
    channel_names = _in_order(channels, fields.of("channel"), chosen)
    slice_names = _in_order(slices, fields.of("z"), chosen)
    expected = images_of_a_frame(channel_names, slice_names)
    complete = complete_frames(where, ordered, expected, names)
    first = [next(iter(images.values())) for images in complete]
    return FileGrid(
        [[files[images[name]] for name in expected] for images in complete],
        tuple(channel_names),
        tuple(fields.moments_s[i] for i in first) if fields.moments_s else (),
        _source_frames(where, fields, first, [names[i] for i in first]),
        max(1, len(slice_names)),
    )


def image_name(channel: str, z: str) -> str:
    """An image of a frame, as messages have it."""
    return ", ".join([channel] * bool(channel) + [f"slice {z}"] * bool(z))


def images_of_a_frame(channels: Sequence[str], slices: Sequence[str]) -> list[str]:
    """The names of all images of a frame: slice by slice the channels; either may be empty."""
    return [image_name(channel, z) for z in slices or [""] for channel in channels or [""]]


def complete_frames(
    where: str, ordered: list[dict[str, int]], channels: list[str], names: Sequence[str]
) -> list[dict[str, int]]:
    """Find the frames of which each image is there, up to where the acquisition was stopped.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    ordered : list of dict of str to int
        Of each frame the file of each image that is there, by its number.
    channels : list of str
        All images of a frame: its channels, of each slice where there are several.
    names : sequence of str
        The names of the files.

    Returns
    -------
    list of dict of str to int
        The same, without the last frame if it is not complete.

    Raises
    ------
    UserError
        If another frame is not complete.
    """
    n_complete = next((t for t, images in enumerate(ordered) if len(images) < len(channels)), len(ordered))
    if n_complete == len(ordered):
        return ordered
    lost = next(name for name in channels if name not in ordered[n_complete])
    there = names[next(iter(ordered[n_complete].values()))]
    if n_complete < len(ordered) - 1 or not n_complete:
        raise UserError(
            f"{where}: there is no file of channel {lost} beside {there} (frame {n_complete}); expected one of each "
            f"channel ({', '.join(channels)}) for each frame"
        )
    log.warning("%s: the last frame is left out, since there is no file of channel %s beside %s", where, lost, there)
    return ordered[:-1]


def _counting(fields: Fields) -> list[Column]:
    """The columns that count frames: those that say so, else those that do not say what they count."""
    # files of one day are told by their numbers
    are_times = any(moment_s % DAY_S for moment_s in fields.moments_s)
    return fields.of("time") or ([] if are_times else fields.of(""))


def _frame_keys(fields: Fields) -> list[Key]:
    """What each file's frame is sorted by."""
    columns = [fields.moments_s] if fields.moments_s else []
    return list(zip(*columns, *(column.numbers for column in _counting(fields)), strict=True))


def _labels(columns: list[Column]) -> list[str]:
    return ["_".join(labels) for labels in zip(*(column.labels for column in columns), strict=True)]


def _in_order(labels: list[str], columns: list[Column], chosen: list[int]) -> list[str]:
    """The labels of chosen files, each once, by their numbers."""
    keys = {labels[i]: [column.numbers[i] for column in columns] for i in chosen} if labels else {}
    return sorted(keys, key=keys.__getitem__)


def _positions(fields: Fields, n_files: int) -> list[str]:
    """The position of each file."""
    columns = fields.of("position")
    parts = [*([fields.wells] if fields.wells else []), *(column.labels for column in columns)]
    return ["_".join(labels) for labels in zip(*parts, strict=True)] if parts else ["0"] * n_files


def _chosen_position(where: str, positions: list[str], position: str | None) -> list[int]:
    """The files of the position; those of s2 come before those of s10, since files are in natural order."""
    each = list(dict.fromkeys(sorted(positions, key=_natural)))
    chosen = each[choose_position(where, each, position)]
    return [i for i, name in enumerate(positions) if name == chosen]


def _natural(label: str) -> tuple[tuple[int, ...], str]:
    digits = "".join(c if c.isdigit() else " " for c in label).split()
    letters = "".join(c for c in label if not c.isdigit())
    return tuple(map(int, digits)), letters


def _refuse_two(where: str, name: str, other: str, fields: Fields) -> None:
    """Refuse two files that are the same image by their names."""
    for column in fields.of(""):
        before = column.before.rpartition("/")[2]
        if fields.of("time") or fields.moments_s:
            raise UserError(
                f"{where}: the file names count '{before}' from {min(column.numbers):g} to {max(column.numbers):g} "
                f"beside the frames, and do not say what that is; expected t, c, s or z before a number: "
                f"give a glob such as *{before}{column.texts[0]}*"
            )
    raise UserError(f"{where}: {name} and {other} have the same number; expected one file an image")


def _source_frames(where: str, fields: Fields, first: list[int], names: list[str]) -> tuple[int, ...]:
    """Which of the planned frames each is, by the only number that counts them."""
    for column in _counting(fields) or fields.of(""):
        numbers = [column.numbers[i] for i in first]
        if all(a < b for a, b in zip(numbers, numbers[1:], strict=False)) and all(n == int(n) for n in numbers):
            return places_in_sequence(where, [int(number) for number in numbers])
    if len(first) > 1 and not fields.moments_s:
        log.warning(
            "%s: no single number in the file names counts the frames; they are taken in this order: %s, %s, ..., %s",
            where,
            names[0],
            names[1],
            names[-1],
        )
    return ()
