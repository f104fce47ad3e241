"""A scene filmed: frames, labels with track ids, and the tracks."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sidewinder.simulate.nuclei import Canvas, Nucleus, chromatin, draw, keep_largest_pieces
from sidewinder.simulate.optics import blur, expose, illumination, smooth_field
from sidewinder.simulate.population import MARGIN_PX, Cell, advance, populate
from sidewinder.simulate.scenes import Scene

# of a nucleus cut by the frame's border at least this much must be seen
MIN_VISIBLE_AREA_PX = 20


class SimulatedMovie(NamedTuple):
    """A movie and the exact truth about it.

    frames : uint16 (T, Y, X), counts.
    labels : uint16 (T, Y, X), a pixel's value is its track's label.
    tracks : int64 (n, 4), rows of label, first frame, last frame, parent, sorted by label, as the Cell Tracking
        Challenge defines them: a label is present in every frame from first to last, and a parent's last frame is
        before its children's first.
    drift_px : float64 (T, 2), y and x of the specimen's displacement by the stage since frame 0.
    """

    frames: np.ndarray
    labels: np.ndarray
    tracks: np.ndarray
    drift_px: np.ndarray


def simulate(scene: Scene) -> SimulatedMovie:
    """Simulate a scene.

    Parameters
    ----------
    scene : Scene
        One of `SCENES`, or a variation of it.

    Returns
    -------
    SimulatedMovie
        The same, byte for byte, for equal scenes.
    """
    life, filming = (np.random.default_rng([scene.seed, stream]) for stream in range(2))
    setup = _Setup(scene, filming)
    shape = (scene.n_frames, *scene.shape)
    frames, labels = np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)
    rows: list[list[int]] = []
    cells = populate(scene, life)
    for frame in range(scene.n_frames):
        if frame:
            cells = advance(cells, scene, life)
        canvas = setup.compose(cells, frame)
        seen = keep_largest_pieces(canvas.labels, MIN_VISIBLE_AREA_PX)
        cells, labels[frame] = _take_down(cells, seen, frame, rows)
        frames[frame] = setup.expose(canvas, filming)
    return SimulatedMovie(frames, labels, np.array(rows, np.int64).reshape(-1, 4), setup.drift_px)


class _Setup:
    """What stays the same through a movie: lamp, stage, dirt, the chromatin pattern."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._scene = scene
        self._texture = chromatin(rng)
        self._haze = smooth_field(scene.shape, scene.optics.haze_length_px, rng)
        self._unevenness = illumination(scene.shape, scene.optics.vignetting, tuple(np.array(scene.shape) * 0.4))
        self._specks = [_speck(scene, rng) for _ in range(scene.n_specks)]
        steps_px = rng.normal(0, scene.drift_px_per_frame, (scene.n_frames, 2))
        steps_px[0] = 0
        for frame, jump_px in scene.jumps_px.items():
            steps_px[frame] += jump_px
        self.drift_px = np.cumsum(steps_px, axis=0)

    def compose(self, cells: list[Cell], frame: int) -> Canvas:
        """Return the specimen as it lies under the objective; labels are 1 + the index into `cells`."""
        canvas = Canvas.empty(self._scene.shape)
        drift_px = self.drift_px[frame]
        for index, cell in enumerate(cells, start=1):
            draw(cell.appearance(drift_px), index, canvas, self._texture)
        for speck in self._specks:
            moved = replace(speck, y_px=speck.y_px + drift_px[0], x_px=speck.x_px + drift_px[1])
            draw(moved, 0, canvas, self._texture)
        return canvas

    def expose(self, canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
        """Return the frame that the camera makes of a canvas, uint16 (Y, X)."""
        optics = self._scene.optics
        counts = expose(blur(canvas.light, optics), self._haze, self._unevenness, optics, rng)
        return np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)


def _speck(scene: Scene, rng: np.random.Generator) -> Nucleus:
    y, x = rng.uniform(-MARGIN_PX, np.array(scene.shape) + MARGIN_PX)
    return Nucleus(y, x, radius_px=rng.uniform(0.8, 2.2), brightness=rng.uniform(0.2, 0.7))


def _take_down(cells: list[Cell], seen: np.ndarray, frame: int, rows: list[list[int]]) -> tuple[list[Cell], np.ndarray]:
    """Label the cells that are seen for the first time and write down who is seen in this frame.

    Returns the cells to go on with, since a cell that has left must not come back under its old label, and the labels
    of the frame, uint16 (Y, X).
    """
    visible = np.bincount(seen.ravel(), minlength=len(cells) + 1)[1:] > 0
    for cell in np.array(cells, dtype=object)[visible]:
        if not cell.label:
            cell.label = len(rows) + 1
            rows.append([cell.label, frame, frame, cell.parent.label if cell.parent else 0])
        rows[cell.label - 1][2] = frame
    staying = [cell for cell, is_seen in zip(cells, visible, strict=True) if is_seen or not cell.label]
    return staying, np.array([0] + [cell.label for cell in cells], np.uint16)[seen]
