"""The stage `infer` against the bare network, other engines and MONAI's sliding window, and its memory.

    python benchmarks/inference.py [folder [base widths]]

prints the tables of docs/measurements/inference.md, and where there is a GPU also those of benchmarks/gpu.py. Runners
take turns, each in a process of its own with the same number of threads; a ratio is the median over the rounds. Peers
that are not installed are left out.
"""

import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import gpu
import numpy as np
import torch
from engines import N_FRAMES, N_SLOW, STAGE, bare, bare_other, monai, stage
from inference_memory import huge, memory_rows
from material import CHECKOUT, make_model, make_movie
from turns import ratio, take_turns

# of each base width, of small frames and of large ones
ROUNDS, ROUNDS_LARGE = {16: 5, 32: 5}, {16: 3, 32: 2}
SMALL_PX, LARGE_PX = 1024, 4096


def measure(folder: Path, base_width: int) -> dict[str, str]:
    """The column of one network."""
    model = make_model(folder, base_width)
    small, large = make_movie(folder, SMALL_PX, N_FRAMES), make_movie(folder, LARGE_PX, 1)
    rows = small_frames(model, small, ROUNDS[base_width])
    return rows | large_frames(model, small, large, ROUNDS_LARGE[base_width]) | huge(folder, model)


def small_frames(model: Path, movie: Path, rounds: int) -> dict[str, str]:
    """The rows about frames that pass whole."""
    makers = {
        "bare": (bare, model, movie, True),
        "handed back": (bare, model, movie, False),
        "plain": (bare, model, movie, False, False),
        "stage": (stage, model, movie),
    }
    others = [name for name in ("openvino", "onnxruntime") if find_spec(name)]
    for name in others:
        makers |= {name: (bare_other, name, model, movie), f"stage {name}": (stage, model, movie, name)}
    if find_spec("monai"):
        makers["monai"] = (monai, model, movie, N_SLOW)
    seconds, results = take_turns(makers, rounds)
    _, tiled = take_turns({"tiled": (stage, model, movie, None, 400)}, 0)
    best = N_FRAMES * SMALL_PX**2 / 1e6 / min(seconds["bare"])
    rows = {
        "bare forward (folded, channels last, memory kept), 1024 x 1024: million pixels a second": f"{best:.2f}",
        "&nbsp; memory handed back, as PyTorch does: times as long": ratio(seconds, "handed back", "bare"),
        "&nbsp; neither folded nor channels last: times as long": ratio(seconds, "plain", "bare", N_FRAMES / N_SLOW),
    }
    for name in others:
        difference = np.abs(results[name] - results["bare"]).max()
        rows[f"&nbsp; {name}: times as fast; largest difference"] = f"{ratio(seconds, 'bare', name)}; {difference:.0e}"
    rows["stage, 1024 x 1024: times the bare forward (at most 1.15)"] = ratio(seconds, "stage", "bare")
    for name in others:
        rows[f"&nbsp; with {name}: times as fast (worth it from 1.15)"] = ratio(seconds, "stage", f"stage {name}")
    if "monai" in makers:
        rows["&nbsp; than MONAI's sliding window, overlap 0.25: times as fast (at least 2.6)"] = ratio(
            seconds, "monai", "stage", N_FRAMES / N_SLOW
        )
    difference = np.abs(results["stage"].astype(int) - tiled["tiled"]).max()
    rows["&nbsp; in tiles of 400 px: largest difference of the maps, 0 to 255"] = f"{difference}"
    return rows


def large_frames(model: Path, small: Path, large: Path, rounds: int) -> dict[str, str]:
    """The rows about frames that pass in tiles; the bare forward is that of the small frames."""
    makers = {"bare": (bare, model, small, True), "stage": (stage, model, large)}
    if find_spec("monai"):
        makers["monai"] = (monai, model, large, 1)
    seconds, _ = take_turns(makers, rounds)
    share = N_FRAMES * SMALL_PX**2 / LARGE_PX**2
    rows = {"stage, 4096 x 4096: times the bare forward (at most 1.25)": ratio(seconds, "stage", "bare", share)}
    if "monai" in makers:
        rows["&nbsp; than MONAI's sliding window: times as fast"] = ratio(seconds, "monai", "stage")
    return rows


def host_side(folder: Path) -> str:
    """Million pixels a second that are read, cut, put together and written when the network takes no time."""
    from sidewinder.infer.engine import Engine

    movie, model = make_movie(folder, 2048, 24), make_model(folder, 16)
    maps = torch.from_numpy(stage(model, make_movie(folder, SMALL_PX, N_FRAMES))()).repeat(1, 2, 2)
    run, Engine.run = Engine.run, lambda self, windows, tiles: maps[None, :, :2048, :2048]
    seconds = min(_timed(stage(model, movie)) for _ in range(3))
    Engine.run = run
    return f"{24 * 2048**2 / 1e6 / seconds:.0f}"


def _timed(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def start_up(folder: Path) -> str:
    """Seconds from the start of Python to the end of a job of one small frame, and of `import torch` alone."""
    movie, model = make_movie(folder, 1024, N_FRAMES), make_model(folder, 16)
    small = folder / "small.zarr"
    if not small.is_dir():
        from sidewinder.store import open_image, write_image

        image = open_image(movie)
        write_image(
            small, [image.data[0, :, :64, :64]], n_frames=1, shape_cyx=(1, 64, 64), dtype=np.uint16, pixel_size_um=None,
            frame_interval_s=None, channel_names=("c",), attributes=image.attributes,
        )  # fmt: skip
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from sidewinder.infer.movie import infer_movie;"
        f"infer_movie(*sys.argv[2:], tile='auto', **{STAGE!r})"
    )
    job = [sys.executable, "-c", code, CHECKOUT / "workflow", small, model, folder / "small-maps.zarr"]
    took = [
        min(_timed(lambda command=command: subprocess.run(command, check=True)) for _ in range(3))
        for command in (job, [sys.executable, "-c", "import torch"], [sys.executable, "-c", "pass"])
    ]
    return f"{took[0]:.1f}; {took[1] - took[2]:.1f}"


def main() -> None:
    """Print the tables."""
    folder = Path(tempfile.mkdtemp() if len(sys.argv) == 1 else sys.argv[1]).resolve()
    widths = [int(width) for width in sys.argv[2:]] or list(ROUNDS)
    columns = [measure(folder, width) for width in widths]
    print(f"| |{'|'.join(f'base {width}' for width in widths)}|\n|---|{'---|' * len(columns)}")
    for row in columns[0]:
        print(f"|{row}|{'|'.join(column[row] for column in columns)}|")
    print(f"|start-up of a job; of it `import torch`, s|{'|'.join([start_up(folder)] * len(columns))}|")
    print(f"|the stage without a network: million pixels a second|{'|'.join([host_side(folder)] * len(columns))}|")
    print("\n|depth, base width|window, px|peak, MB|estimate, MB|share|\n|---|---|---|---|---|")
    print("\n".join(memory_rows()))
    if torch.cuda.is_available():
        print()
        gpu.measure_all(folder)


if __name__ == "__main__":
    main()
