"""AVI, MP4 and MOV, read by PyAV."""

import logging
import threading
from typing import cast

import av
import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import RGB, Frames, choose_position
from sidewinder.movie.video_order import InOrder

log = logging.getLogger("sidewinder")

# compression by brightness and colour moves the colours of what was grey apart by so much of their range at most
ALIKE = 8 / 255


def open_file(path: str) -> "av.container.InputContainer":
    """Open a file; as `Reader`."""
    return av.open(path)


def frames_of(path: str, file: "av.container.InputContainer", position: str | None) -> Frames:
    """The first video of a file, which must be complete; as `Reader`.

    All of the file is gone through once, without decoding, to number its frames; of the first, the middle and the last
    frame the pixels are looked at, to tell a grey movie from one in colour.
    """
    choose_position(path, ["0"], position)
    if not file.streams.video:
        raise UserError(f"{path}: holds no video; expected a movie")
    stream = file.streams.video[0]
    order = InOrder(path, file, stream)
    lock = threading.Lock()

    def decoded(frame: int) -> "av.VideoFrame":
        with lock, damaged(path, f"frame {frame} cannot be decoded"):
            return order.frame(frame)

    if not order.n_frames:
        raise UserError(f"{path}: holds no frames; expected a movie")
    _say_what_it_is_not(path, stream)
    looked_at = sorted({0, order.n_frames // 2, order.n_frames - 1})
    looks = [_look(decoded(frame)) for frame in looked_at]
    is_grey = all(grey is not None for grey, _ in looks)
    _, first = looks[0]
    shape_cyx = (1 if is_grey else len(RGB), *first.shape[1:])

    def read(frame: int) -> np.ndarray:
        grey, colours = _look(decoded(frame))
        if is_grey and grey is None:
            raise UserError(
                f"{path}: frame {frame} is in colour, and frames {', '.join(map(str, looked_at))} are grey; take the "
                "grey ones by the sheet's column 'frames', or export all frames as grey TIFF images"
            )
        pixels = cast(np.ndarray, grey) if is_grey else colours
        if (pixels.shape, pixels.dtype) != (shape_cyx, first.dtype):
            raise UserError(
                f"{path}: frame {frame} has {pixels.shape} {pixels.dtype} where frame 0 has {shape_cyx} {first.dtype} "
                "(channels, height, width); expected frames that are all alike"
            )
        return pixels

    return Frames(
        read=read,
        n_frames=order.n_frames,
        shape_cyx=shape_cyx,
        dtype=first.dtype,
        channel_names=() if is_grey else RGB,
        source_frames=order.planned,
    )


def _look(decoded: "av.VideoFrame") -> tuple[np.ndarray | None, np.ndarray]:
    """A frame in grey, (1, Y, X), or None if it is in colour, and as red, green and blue, (3, Y, X).

    Values of 8 bits stay as they are, those of more are brought to 16. Colours that are kept as brightness and two
    differences, most often for pixels in pairs, are alike where they differ by no more than compression does.
    """
    parts = [part for part in decoded.format.components if not part.is_alpha]
    has_palette = decoded.format.has_palette
    is_deep = max(part.bits for part in parts) > 8
    if len(parts) == 1 and not has_palette:
        grey = decoded.to_ndarray(format="gray16le" if is_deep else "gray")[np.newaxis]
        return grey, grey
    colours = np.moveaxis(decoded.to_ndarray(format="rgb48le" if is_deep else "rgb24"), -1, 0)
    if has_palette or decoded.format.is_rgb:
        is_grey = np.array_equal(colours[0], colours[1]) and np.array_equal(colours[1], colours[2])
        return (colours[:1] if is_grey else None), colours
    most = ALIKE * np.iinfo(colours.dtype).max
    if max(np.abs(np.subtract(colours[0], other, dtype=np.int32)).max() for other in colours[1:]) > most:
        return None, colours
    return decoded.to_ndarray(format="gray16le" if is_deep else "gray")[np.newaxis], colours


def _say_what_it_is_not(path: str, stream: "av.VideoStream") -> None:
    """Say that grey values may be no measurement, and that the speed of playback is none of recording."""
    codec = stream.codec_context.codec
    if codec.lossy:
        log.warning(
            "%s: compression (%s) %s changed the grey values, which are no measurement; track on them, and measure on "
            "files without loss",
            path,
            codec.name,
            "may have" if codec.lossless else "has",
        )
    if stream.average_rate:
        log.info(
            "%s: is played at %.6g frames a second; at what interval they were taken the file does not say: give "
            "frame_interval_s in the sheet",
            path,
            float(stream.average_rate),
        )
