"""Memory of the stage `infer` on the CPU: under a hard limit, and beside what is estimated beforehand."""

import multiprocessing
import resource
import time
from pathlib import Path

import numpy as np
from engines import THREADS, stage
from material import make_movie

HUGE_PX, LIMIT_BYTES = 16384, 3_000_000_000
# depth, base width and side of the window
NETWORKS = (
    (4, 16, 1056),
    (4, 16, 2144),
    (4, 32, 1056),
    (4, 32, 2144),
    (4, 64, 1056),
    (2, 8, 2144),
    (6, 8, 2176),
)


def peak_bytes() -> int:
    """This process's own peak memory; getrusage would count its parent's before the start, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def huge(folder: Path, model: Path) -> dict[str, str]:
    """A frame of 16,384 x 16,384 pixels under a hard limit."""
    movie = make_movie(folder, HUGE_PX, 1)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_limited, args=(there, model, movie))
    process.start()
    there.close()
    try:
        seconds, peak_mb, tile_px = here.recv()
        said = f"{seconds:.0f} s, {peak_mb:.0f} MB, {tile_px} px"
    except EOFError:
        said = "killed"
    process.join()
    return {"16,384 x 16,384 under `ulimit -d` of 3 GB: time, peak memory, tile": said}


def _limited(pipe, model: Path, movie: Path) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_BYTES, LIMIT_BYTES))
    import sidewinder.infer.movie as module

    tiles, choose = [], module.choose_tile
    module.choose_tile = lambda *arguments: tiles.append(choose(*arguments)) or tiles[-1]
    run = stage(model, movie)
    start = time.perf_counter()
    run()
    pipe.send((time.perf_counter() - start, peak_bytes() / 1e6, tiles[0]))


def memory_rows() -> list[str]:
    """The peak of several networks' forward passes beside what is estimated beforehand."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for depth, base_width, side_px in NETWORKS:
        here, there = context.Pipe()
        process = context.Process(target=_peak, args=(there, depth, base_width, side_px))
        process.start()
        peak, estimate = here.recv()
        process.join()
        rows.append(f"|{depth}, {base_width}|{side_px}|{peak / 1e6:.0f}|{estimate / 1e6:.0f}|{peak / estimate:.2f}|")
    return rows


def _peak(pipe, depth: int, base_width: int, side_px: int) -> None:
    """Memory that the engine takes for windows of one size, and the estimate."""
    import torch

    from sidewinder.infer.engine import Engine, as_uint8
    from sidewinder.infer.memory import keep_freed_memory, tile_bytes
    from sidewinder.model import Model
    from sidewinder.normalization import ByQuantiles
    from sidewinder.unet import Architecture, UNet

    torch.set_num_threads(THREADS)
    keep_freed_memory()
    network = UNet(Architecture(depth=depth, base_width=base_width)).eval()
    engine = Engine(Model(network, ByQuantiles(), (), {}), side_px, finish=as_uint8)
    engine.probabilities(np.zeros((1, 64, 64), np.float32))
    before = peak_bytes()
    ((tile,),) = engine.bands((side_px - 2 * engine.architecture.stride_px,) * 2)
    for _ in range(4):
        engine.run([torch.rand(1, 1, tile.y.window_px, tile.x.window_px)], [tile])
    pipe.send((peak_bytes() - before, tile_bytes(base_width, tile.window_px)))
