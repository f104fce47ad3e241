"""docs/images/tilings.jpg: one frame in two tilings, and their difference, beside tilings with visible seams.

    python benchmarks/tilings.py [picture]

draws the probability of `cell` by the shipped model and prints the largest differences.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from sidewinder.infer.engine import Engine  # noqa: E402
from sidewinder.model import load_model  # noqa: E402
from sidewinder.simulate import SCENES, simulate  # noqa: E402
from sidewinder.tiling import Tile, bands, mirrored  # noqa: E402

SIDE_PX, N_CELLS = 480, 330
TILES_PX = (272, 304)
COLOURS = ((255, 200, 0), (0, 200, 255))
TEXT_PX, GAP_PX = 17, 8


def shifted(tile: Tile, y: tuple[int, int], x: tuple[int, int]) -> Tile:
    """A tile whose window begins and ends somewhere else."""
    return Tile(
        replace(tile.y, window_start=tile.y.window_start + y[0], window_stop=tile.y.window_stop + y[1]),
        replace(tile.x, window_start=tile.x.window_start + x[0], window_stop=tile.x.window_stop + x[1]),
    )


def probabilities(engine: Engine, frame: np.ndarray, tiles: list[Tile]) -> np.ndarray:
    """The probability of `cell`, from whatever windows."""
    result = np.empty(frame.shape, np.float32)
    for tile in tiles:
        rows = mirrored(tile.y.window_start, tile.y.window_stop, SIDE_PX)
        columns = mirrored(tile.x.window_start, tile.x.window_stop, SIDE_PX)
        (values,) = engine.run([torch.from_numpy(frame[rows[:, None], columns])[None, None]], [tile]).numpy()
        result[tile.y.core, tile.x.core] = values[1]
    return result


def grey(values: np.ndarray, white: float) -> Image.Image:
    """An image in which `white` is white."""
    return Image.fromarray((255 * np.clip(values / white, 0, 1)).astype(np.uint8)).convert("RGB")


def main() -> None:
    """Draw the picture."""
    (image,) = simulate(
        replace(SCENES["crowded"], n_frames=1, n_deaths=0, n_cells=N_CELLS, shape=(SIDE_PX, SIDE_PX))
    ).frames
    model = load_model(CHECKOUT / "workflow" / "models" / "nuclei")
    frame = model.normalization.apply(image, *model.normalization.limits_of(image))
    engine = Engine(model, 2 * SIDE_PX)
    halo, stride = engine.architecture.halo_px, engine.architecture.stride_px
    plans = [[tile for band in bands(frame.shape, px, halo, stride) for tile in band] for px in TILES_PX]
    fine, coarse = (probabilities(engine, frame, plan) for plan in plans)
    whole = engine.probabilities(frame[None])[1]
    off_grid = probabilities(engine, frame, [shifted(tile, (-1, 15), (-1, 15)) for tile in plans[0]])
    bare = [
        Tile(*(replace(part, window_start=part.core_start, window_stop=part.core_stop) for part in (tile.y, tile.x)))
        for tile in plans[0]
    ]
    no_halo = probabilities(engine, frame, bare)
    differences = [np.abs(fine - coarse), np.abs(off_grid - whole), np.abs(no_halo - whole)]
    panels = [
        (grey(frame, 1), f"a frame, in tiles of {TILES_PX[0]} px\nand of {TILES_PX[1]} px (cores)"),
        (grey(fine, 1), "probability of cell"),
    ]
    named = ("difference of the two tilings", "windows off the grid by one pixel", "windows without a halo")
    for values, what, white in zip(differences, named, (1e-6, 0.2, 0.2), strict=True):
        panels.append((grey(values, white), f"{what},\nwhite is {white:g}; largest {values.max():.2g}"))
    draw = ImageDraw.Draw(panels[0][0])
    for plan, colour in zip(plans, COLOURS, strict=True):
        for tile in plan:
            draw.rectangle(
                (tile.x.core_start, tile.y.core_start, tile.x.core_stop - 1, tile.y.core_stop - 1), outline=colour
            )
    font = ImageFont.load_default(TEXT_PX)
    head = 2 * TEXT_PX + 16
    picture = Image.new("RGB", (len(panels) * (SIDE_PX + GAP_PX) - GAP_PX, SIDE_PX + head), "white")
    for number, (panel, text) in enumerate(panels):
        left = number * (SIDE_PX + GAP_PX)
        picture.paste(panel, (left, head))
        ImageDraw.Draw(picture).multiline_text((left + 2, 2), text, "black", font)
        print(text.replace("\n", " "))
    picture.save(CHECKOUT / "docs" / "images" / "tilings.jpg" if len(sys.argv) == 1 else sys.argv[1], quality=85)


if __name__ == "__main__":
    main()
