"""Cells that wander, push each other, grow, divide and die: where every nucleus is and how it looks, frame by frame."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from sidewinder.simulate.nuclei import TEXTURE_SIDE, Nucleus
from sidewinder.simulate.scenes import Scene

# cells live in a field larger than the frame, so that some come in and some go out
MARGIN_PX = 30.0
MITOSIS_FRAMES = 2
DEATH_FRAMES = 4
PERSISTENCE = 0.85
# neighbours are pushed apart below this share of the sum of their radii
CONTACT = 1.04


@dataclass
class Cell:
    """One cell on its way through the movie.

    `nucleus` is how it looked when it was born, `place_px` (y, x) where its centre is now. `parent` is the cell that it
    came from by division. `label` is that of its track, 0 until it is first seen.
    """

    nucleus: Nucleus
    place_px: np.ndarray
    angle_rad: float
    velocity_px: np.ndarray
    cycle_frames: int
    age_frames: int
    parent: "Cell | None" = None
    dies_in_frames: int | None = None
    label: int = 0

    @property
    def radius_px(self) -> float:
        """Radius of a disk of the nucleus's present area, which doubles from birth to division."""
        return self.nucleus.radius_px * np.sqrt(1 + min(self.age_frames / self.cycle_frames, 1.0))

    def appearance(self, drift_px: np.ndarray) -> Nucleus:
        """Return the nucleus as it looks now: interphase, rounded up, plate, new-born, or dying."""
        y, x = self.place_px + drift_px
        now = replace(self.nucleus, y_px=y, x_px=x, angle_rad=self.angle_rad, radius_px=self.radius_px)
        phase = self.age_frames - self.cycle_frames
        if self.dies_in_frames is not None and self.dies_in_frames < DEATH_FRAMES:
            shrunk = 0.8 ** (DEATH_FRAMES - self.dies_in_frames)
            return replace(now, radius_px=now.radius_px * shrunk, aspect=1.1, brightness=now.brightness * 1.5)
        if phase == 0:
            return replace(now, radius_px=now.radius_px * 0.92, aspect=1.1, contour=(), brightness=now.brightness * 1.5)
        if phase > 0:
            return _condensed(replace(now, radius_px=now.radius_px * 0.75, aspect=2.0))
        if self.parent is not None and self.age_frames < 2:
            return _condensed(replace(now, radius_px=now.radius_px * (0.85, 0.95)[self.age_frames], aspect=1.5))
        return now


def populate(scene: Scene, rng: np.random.Generator) -> list[Cell]:
    """Return the cells of the first frame, at places where they do not overlap, in all phases of the cell cycle."""
    field_px = np.array(scene.shape) + 2 * MARGIN_PX
    cells = []
    for _ in range(round(scene.n_cells * field_px.prod() / np.prod(scene.shape))):
        cycle = _cycle(scene, rng)
        cells.append(
            Cell(
                nucleus=_new_nucleus(scene, rng),
                place_px=rng.uniform(-MARGIN_PX, field_px - MARGIN_PX),
                angle_rad=rng.uniform(0, np.pi),
                velocity_px=rng.normal(0, scene.speed_px, 2),
                cycle_frames=cycle,
                # a growing population has twice as many young cells as old ones
                age_frames=int(cycle * -np.log2(1 - rng.random() / 2)),
            )
        )
    _push_apart(cells, rounds=60)
    inside = [cell for cell in cells if _is_inside(cell, scene)]
    for cell in rng.permutation(np.array(inside, dtype=object))[: scene.n_deaths]:
        cell.dies_in_frames = int(rng.integers(DEATH_FRAMES, scene.n_frames))
        cell.cycle_frames += scene.n_frames
    return cells


def advance(cells: list[Cell], scene: Scene, rng: np.random.Generator) -> list[Cell]:
    """Return the cells of the next frame. Cells are changed in place; a mother is replaced by her daughters."""
    following = []
    for cell in cells:
        if cell.dies_in_frames == 0:
            continue
        if cell.dies_in_frames is not None:
            cell.dies_in_frames -= 1
        if cell.age_frames - cell.cycle_frames >= MITOSIS_FRAMES - 1:
            following.extend(_divide(cell, scene, rng))
            continue
        _wander(cell, scene, rng)
        # cells wait with their division until both daughters will be seen whole
        if cell.age_frames != cell.cycle_frames - 1 or _is_inside(cell, scene):
            cell.age_frames += 1
        following.append(cell)
    _push_apart(following, rounds=3)
    return following


def _new_nucleus(scene: Scene, rng: np.random.Generator) -> Nucleus:
    amplitudes = np.clip(rng.normal(0, [0.06, 0.04, 0.025, 0.015]), -0.12, 0.12)
    return Nucleus(
        y_px=0.0,
        x_px=0.0,
        radius_px=scene.radius_px * np.exp(rng.normal(0, scene.size_spread)),
        aspect=min(np.exp(abs(rng.normal(0, scene.elongation))), 1.8),
        bend=rng.uniform(0, 0.15),
        contour=tuple(amplitudes * np.exp(2j * np.pi * rng.random(4))),
        brightness=float(np.clip(np.exp(rng.normal(0, scene.brightness_spread)), 0.4, 2.2)),
        dome=0.25,
        texture_contrast=scene.texture_contrast,
        texture_scale=0.35,
        texture_offset=tuple(rng.uniform(0, TEXTURE_SIDE, 2)),
        nucleoli=tuple((*rng.uniform(-0.45, 0.45, 2), rng.uniform(0.15, 0.25)) for _ in range(rng.poisson(0.8))),
    )


def _condensed(nucleus: Nucleus) -> Nucleus:
    """Chromosomes of a mitosis: bright, smooth, without nucleoli."""
    return replace(
        nucleus, brightness=nucleus.brightness * 1.8, texture_contrast=0.1, nucleoli=(), contour=(), bend=0.0
    )


def _cycle(scene: Scene, rng: np.random.Generator) -> int:
    return max(int(rng.normal(scene.cycle_frames, 0.12 * scene.cycle_frames)), 10)


def _is_inside(cell: Cell, scene: Scene) -> bool:
    border = 2.5 * scene.radius_px
    return bool(np.all(cell.place_px > border) and np.all(cell.place_px < np.array(scene.shape) - border))


def _wander(cell: Cell, scene: Scene, rng: np.random.Generator) -> None:
    """One step of a correlated random walk; in mitosis cells stand still. The outline turns a little on the way."""
    kick = rng.normal(0, scene.speed_px * np.sqrt(1 - PERSISTENCE**2), 2)
    turn = rng.normal(0, 0.06)
    cell.velocity_px = PERSISTENCE * cell.velocity_px + kick
    if cell.age_frames < cell.cycle_frames - 1:
        cell.place_px = cell.place_px + cell.velocity_px
        cell.angle_rad += turn


def _divide(mother: Cell, scene: Scene, rng: np.random.Generator) -> list[Cell]:
    """Two daughters at both sides of the mother's plate, each of half her area, moving apart."""
    across = np.array([np.cos(mother.angle_rad), -np.sin(mother.angle_rad)])
    daughters = []
    for side in (1, -1):
        nucleus = replace(
            _new_nucleus(scene, rng),
            radius_px=mother.nucleus.radius_px * np.exp(rng.normal(0, 0.03)),
            brightness=mother.nucleus.brightness * np.exp(rng.normal(0, 0.08)),
        )
        place_px = mother.place_px + side * 0.75 * mother.nucleus.radius_px * across
        velocity_px = side * 1.5 * across + rng.normal(0, 0.3 * scene.speed_px, 2)
        daughters.append(
            Cell(nucleus, place_px, mother.angle_rad, velocity_px, _cycle(scene, rng), age_frames=0, parent=mother)
        )
    return daughters


def _push_apart(cells: list[Cell], rounds: int) -> None:
    """Move overlapping neighbours away from each other, each by a quarter of the overlap a round."""
    if not cells:
        return
    place = np.array([cell.place_px for cell in cells])
    radius = np.array([cell.radius_px for cell in cells])
    # pairs that may come to touch during the rounds
    first, second = cKDTree(place).query_pairs(3 * radius.max(), output_type="ndarray").T
    wanted = CONTACT * (radius[first] + radius[second])
    for _ in range(rounds):
        apart = place[first] - place[second]
        distance = np.maximum(np.hypot(*apart.T), 1e-6)
        push = apart * (np.maximum(wanted - distance, 0) / distance / 4)[:, None]
        np.add.at(place, first, push)
        np.add.at(place, second, -push)
    for cell, place_px in zip(cells, place, strict=True):
        cell.place_px = place_px
