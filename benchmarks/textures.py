"""What it costs to measure textures: CPU time of the cell table of a frame with and without them.

.venv/bin/python benchmarks/textures.py
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from sidewinder.measure import measure_frame
from sidewinder.settings import MeasureSettings

SIDE_PX, PITCH_PX, RUNS = 1024, 43, 5
CHOICES = {"none": False, "contrast and entropy": ("contrast", "entropy"), "all": True}


def discs(diameter_px: int, n_cells: int) -> np.ndarray:
    """Labels of round cells in rows."""
    labels = np.zeros((SIDE_PX, SIDE_PX), np.int32)
    y, x = np.mgrid[:diameter_px, :diameter_px] - diameter_px / 2 + 0.5
    disc = y**2 + x**2 < diameter_px**2 / 4
    a_row = SIDE_PX // PITCH_PX
    for cell in range(n_cells):
        top, left = (PITCH_PX * place for place in divmod(cell, a_row))
        labels[top : top + diameter_px, left : left + diameter_px][disc] = cell + 1
    return labels


def main() -> None:
    """Print the table."""
    print("|cells of a frame|diameter, px|textures|table, s|\n|---|---|---|---|")
    image = np.random.default_rng(0).normal(1000, 90, (1, SIDE_PX, SIDE_PX)).astype(np.uint16)
    for n_cells, diameter_px in ((500, 14), (500, 26), (500, 40)):
        labels = discs(diameter_px, n_cells)
        for name, textures in CHOICES.items():
            seconds = []
            for _ in range(RUNS):
                start = time.process_time()
                measure_frame(labels, image, ("a",), MeasureSettings(textures=textures))
                seconds.append(time.process_time() - start)
            print(f"|{n_cells}|{diameter_px}|{name}|{min(seconds):.3f}|", flush=True)


if __name__ == "__main__":
    main()
