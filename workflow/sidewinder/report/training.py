"""The page of a training: how the loss fell, how scores rose, and what the model makes of frames that are new to it."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import yaml
from PIL import Image
from skimage.segmentation import find_boundaries

from sidewinder.colours import lineage_colour
from sidewinder.store import atomic_file

# pictures of large frames are made smaller, so that the page stays small
LARGEST_PICTURE_PX = 640
CONTRAST_PERCENTILES = (0.5, 99.7)
# on the picture of errors; told apart by colour-blind people, too
MISSED, EXTRA, OUTLINE = (86, 180, 233), (230, 159, 0), (255, 255, 255)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
img { max-width: 100%; height: auto; display: block } figure { margin: 1.5rem 0 }
.four { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem }
pre { background: #f4f4f4; padding: 1rem; overflow: auto }
.key { display: inline-block; width: .9em; height: .9em; vertical-align: -.1em; border: 1px solid #888 }
"""


class ScoredFrame(Protocol):
    """What is drawn of an annotated frame."""

    @property
    def name(self) -> str: ...

    @property
    def image(self) -> np.ndarray: ...

    @property
    def labels(self) -> np.ndarray: ...

    @property
    def known(self) -> np.ndarray: ...


def write_page(
    path: Path,
    about: dict[str, Any],
    losses: list[float],
    scores: dict[int, dict[str, float]],
    frames: Sequence[ScoredFrame],
    found: list[np.ndarray],
) -> None:
    """Write a page that needs nothing but itself.

    Parameters
    ----------
    path : Path
        The HTML file.
    about : dict
        What the model's card says.
    losses : list of float
        Loss of each iteration.
    scores : dict of int to dict of str to float
        After how many iterations, which set of frames has which SEG.
    frames : sequence of ScoredFrame
        Frames that took no part in training: image (Y, X) float, labels (Y, X) int, known (Y, X) bool.
    found : list of ndarray, shape (Y, X), int
        What the model finds in them.
    """
    pictures = "\n".join(_row(frame, labels) for frame, labels in zip(frames, found, strict=True))
    card = html.escape(yaml.safe_dump(about, sort_keys=False, allow_unicode=True))
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Training</title>
<style>{STYLE}</style>
<h1>Training</h1>
<figure><img src="{_curves(losses, scores)}" alt="The loss and the scores over the iterations">
<figcaption>Left, the loss of the crops that the network learns from. Right, SEG on frames that it does not learn
from. Where the loss falls and SEG does not rise, more iterations do not help: annotate more frames, of other
kinds.</figcaption></figure>
<h2>Frames that the model has not learnt from</h2>
<p>From the left: the image; what was annotated; what the model finds; errors:
{_key(MISSED)} annotated, but not found; {_key(EXTRA)} found, but not annotated; outlines of what is found in white.
On frames that are annotated in part, what is not annotated is no error.</p>
{pictures}
<h2>The card</h2>
<pre>{card}</pre>
</html>
"""
    with atomic_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _key(colour: tuple[int, int, int]) -> str:
    return f'<span class="key" style="background: rgb{colour}"></span>'


def _curves(losses: list[float], scores: dict[int, dict[str, float]]) -> str:
    """The curves, as the address of a picture."""
    # a second to import, and only this page draws curves
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(np.arange(1, len(losses) + 1), losses, color="#333333")
    left.set(xlabel="iteration", ylabel="loss", yscale="log")
    for name in sorted({name for of_time in scores.values() for name in of_time}):
        points = [(done, of_time[name]) for done, of_time in sorted(scores.items()) if name in of_time]
        right.plot(*zip(*points, strict=True), marker="o", label=name)
    right.set(xlabel="iteration", ylabel="SEG", ylim=(0, 1))
    if right.lines:
        right.legend(fontsize="small", frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return _address(buffer, "png")


def _row(frame: ScoredFrame, found: np.ndarray) -> str:
    """Four pictures of a frame, side by side."""
    low, high = np.percentile(frame.image, CONTRAST_PERCENTILES)
    grey = (255 * np.clip((frame.image - low) / max(high - low, 1e-6), 0, 1)).astype(np.uint8)
    image = np.stack([grey] * 3, axis=-1)
    errors = image // 2
    # the model may find cells where nobody has looked
    errors[(frame.labels > 0) & (found == 0)] = MISSED
    errors[(frame.labels == 0) & (found > 0) & frame.known] = EXTRA
    errors[find_boundaries(found, mode="inner")] = OUTLINE
    pictures = [image, _coloured(image, frame.labels), _coloured(image, found), errors]
    images = "".join(f'<img src="{_picture(picture)}" alt="">' for picture in pictures)
    counts = f"{len(np.unique(frame.labels[frame.labels > 0]))} annotated, {found.max(initial=0)} found"
    return (
        f'<figure><div class="four">{images}</div><figcaption>{html.escape(frame.name)}: {counts}</figcaption></figure>'
    )


def _coloured(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """An image with its cells in colours."""
    colours = np.array([lineage_colour(label) for label in range(int(labels.max(initial=0)) + 1)])
    mixed = np.where((labels > 0)[..., None], image // 2 + colours[labels] // 2, image)
    mixed[find_boundaries(labels, mode="inner")] = OUTLINE
    return mixed.astype(np.uint8)


def _picture(values: np.ndarray) -> str:
    """The address of a picture."""
    picture = Image.fromarray(values)
    picture.thumbnail((LARGEST_PICTURE_PX, LARGEST_PICTURE_PX))
    buffer = io.BytesIO()
    picture.save(buffer, format="jpeg", quality=85)
    return _address(buffer, "jpeg")


def _address(buffer: io.BytesIO, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
