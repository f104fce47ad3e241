"""The frames of a video by their numbers: one after the other, or from the key frame before."""

import bisect
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import av.container

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN

log = logging.getLogger("sidewinder")


@dataclass(frozen=True)
class Packet:
    """A frame as it lies in the file.

    Parameters
    ----------
    shown : int or None
        When it is to be shown, in the stream's unit of time.
    decoded : int or None
        When it is to be decoded, by which the file is searched.
    is_key : bool
        Whether it can be decoded without those before.
    is_whole : bool
        Whether all of it is there.
    is_kept : bool
        Whether it is to be shown, by what the file says of cuts that were made in it.
    """

    shown: int | None
    decoded: int | None
    is_key: bool
    is_whole: bool
    is_kept: bool


class InOrder:
    """Gives the frames of a video by their numbers, holding one at a time.

    Parameters
    ----------
    path : str
        For messages.
    file, stream
        The open file and its video. All of the file is gone through once, without decoding.

    Raises
    ------
    UserError
        If there are fewer frames than the header says. Where it says none, as that of a recording that did not come
        to its end, those that are complete are taken.
    """

    def __init__(self, path: str, file: "av.container.InputContainer", stream: "av.VideoStream") -> None:
        self._file, self._stream = file, stream
        packets = _complete(path, stream, _packets(file.name, stream.index), counts_frames=self._counts_frames())
        self.n_frames = len(packets)
        #: when each frame is shown, in order; empty where that is not known
        self._shown = _times_in_order(packets) if file.format.name != "avi" or self._counts_frames() else []
        # of each frame that can be decoded without those before, its number and where the file is searched for it
        numbers = {time: number for number, time in enumerate(self._shown)}
        keys = [packet for packet in packets if packet.is_key and self._shown]
        starts = {numbers[key.shown]: key.decoded for key in keys if key.shown is not None and key.decoded is not None}
        starts[0] = (packets[0].decoded or 0) if packets else 0
        self._starts, self._places = sorted(starts), starts
        # the number of the frame that the decoder gives next; past the end where it has to begin anew
        self._next = 0
        self._decoder: Iterator[av.VideoFrame] = file.decode(stream)

    def _counts_frames(self) -> bool:
        """Whether the time of a frame is its number: in AVI, if frames are shown in the order in which they lie."""
        return self._file.format.name == "avi" and not self._stream.codec_context.has_b_frames

    @property
    def planned(self) -> tuple[int, ...]:
        """Which of the frames that were planned each frame is, where an AVI says that some were dropped; else empty."""
        if not self._counts_frames() or not self._shown or self._shown[-1] - self._shown[0] + 1 == self.n_frames:
            return ()
        return tuple(time - self._shown[0] for time in self._shown)

    def frame(self, number: int) -> "av.VideoFrame":
        """Decode a frame; raises ValueError if it is not there as a whole, and what FFmpeg raises of damaged ones."""
        start = self._starts[bisect.bisect_right(self._starts, number) - 1]
        if not start <= self._next <= number:
            self._file.seek(self._places[start], stream=self._stream)
            self._decoder, self._next = self._file.decode(self._stream), start
        decoder, self._decoder = self._decoder, iter(())
        at, self._next = self._next, self.n_frames
        for decoded in decoder:
            # after a key frame may come some that are shown before it, and need what was not decoded
            is_before = at < number if not self._shown else decoded.pts is None or decoded.pts < self._shown[number]
            at += 1
            if is_before:
                continue
            if self._shown and decoded.pts != self._shown[number]:
                raise ValueError("it cannot be found")
            if decoded.is_corrupt:
                raise ValueError("it is not complete")
            self._decoder, self._next = decoder, number + 1
            return decoded
        raise ValueError("the video ends before it")


def _packets(path: str, index: int) -> list[Packet]:
    """What lies in the file, opened a second time, for a palette is given once: to who first reads from the start."""
    with av.open(path) as file:
        return [
            Packet(packet.pts, packet.dts, packet.is_keyframe, not packet.is_corrupt, not packet.is_discard)
            for packet in file.demux(file.streams[index])
            # the last that FFmpeg gives is none
            if packet.size
        ]


def _complete(path: str, stream: "av.VideoStream", found: list[Packet], counts_frames: bool) -> list[Packet]:
    """The packets of frames that are to be shown, if none that was promised is missing."""
    whole = [packet for packet in found if packet.is_whole]
    times = _times_in_order(whole) if counts_frames else []
    # with those that were dropped in recording
    n_counted = max(len(whole), times[-1] - times[0] + 1 if times else 0)
    if n_counted < stream.frames:
        raise UserError(
            f"{path}: is cut off or damaged: its header says that it has {stream.frames} frames, and {len(whole)} are "
            f"complete; {AGAIN}"
        )
    if len(whole) < len(found):
        log.warning("%s: was not recorded to its end; the %d frames that are complete are taken", path, len(whole))
    return [packet for packet in whole if packet.is_kept]


def _times_in_order(packets: Sequence[Packet]) -> list[int]:
    """When each frame is shown; empty where this is not said of each, or said twice."""
    times = {packet.shown for packet in packets if packet.shown is not None}
    return sorted(times) if len(times) == len(packets) else []
