"""The stage `infer` on a GPU: against the network alone, against the card's limits, and with too little memory.

    python benchmarks/gpu.py [folder]

prints the table of docs/measurements/inference.md. The stage's rate and its start-up come from movies of two lengths:
what is the same for both is the start-up. The limits of the card are measured, too: a large matrix product, and a large
copy. The folder takes 20 GB; give one in memory (/dev/shm/...) where the disk is not to be measured.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from operator import itemgetter
from pathlib import Path

import numpy as np
import torch
from material import make_model, make_movie, normalised

SIDE_PX = 2048
LENGTHS = (40, 1040)
# shares of the card's memory for the runs that must go on with smaller pieces
LITTLE = (0.02, 0.005)
ROWS = (
    "network alone, 2048 x 2048, half precision: million pixels a second",
    "&nbsp; arithmetic: TFLOP/s; share of a matrix product's",
    "&nbsp; memory, if each convolution read and wrote once: TB/s; share of a copy's",
    "&nbsp; largest difference of the maps to float32, 0 to 255",
    "stage, from sharded Zarr to maps: million pixels a second; share of the network alone (at least 85 %)",
    "&nbsp; start-up: seconds; share of a movie of 200 frames",
    "&nbsp; peak memory of the machine, MB",
    *(
        f"&nbsp; with {100 * share:g} % of the card's memory: how often cut in halves; largest difference of the maps"
        for share in LITTLE
    ),
)
STAGE = """
import logging, sys
sys.path.insert(0, sys.argv[1])
logging.basicConfig(level=logging.INFO)
if sys.argv[5] != "1":
    import torch
    torch.cuda.set_per_process_memory_fraction(float(sys.argv[5]))
from sidewinder.infer.movie import infer_movie
infer_movie(*sys.argv[2:5], channel="0", block=0, n_blocks=1, tile="auto", device="cuda", gpu_asked=True, threads=8)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""


def seconds_of(run, at_least: float = 2.0) -> float:
    """Of one pass, over as many as take long enough, with the card's queue empty before and after."""
    run()
    torch.cuda.synchronize()
    passes, start = 0, time.perf_counter()
    while time.perf_counter() - start < at_least:
        run()
        passes += 1
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / passes


def network_alone(model: Path, movie: Path) -> tuple[float, float, float, float]:
    """Million pixels of frames a second in half precision; FLOP and bytes a pixel; largest difference of the maps."""
    from sidewinder.infer.device import free_gpu_bytes
    from sidewinder.infer.engine import Engine, as_uint8
    from sidewinder.infer.memory import choose_batch
    from sidewinder.model import load_model

    loaded = load_model(model)
    frame = normalised(movie, loaded)[None]
    engine = Engine(loaded, 2176, "cuda", finish=as_uint8)
    ((tile,),) = engine.bands(frame.shape[1:])
    batch = choose_batch(engine.architecture.base_width, tile.window_px, free_gpu_bytes("cuda"))
    side = tile.y.window_px
    window = torch.from_numpy(np.pad(frame, ((0, 0), (16, side - SIDE_PX - 16), (16, side - SIDE_PX - 16)), "reflect"))
    on_card = [window[None].cuda()] * batch
    flops, values = _work(engine.network, side)
    seconds = seconds_of(lambda: engine.run(on_card, [tile] * batch))
    half = engine.run(on_card[:1], [tile]).int()
    exact = Engine(loaded, 2176, "cpu", finish=as_uint8).run([window[None]], [tile]).int().cuda()
    difference = (half - exact).abs()
    print(f"half precision: {(difference > 0).float().mean().item():.2%} of values differ", file=sys.stderr)
    return batch * SIDE_PX**2 / 1e6 / seconds, flops / SIDE_PX**2, 2 * values / SIDE_PX**2, difference.max().item()


def _work(network: torch.nn.Module, side_px: int) -> tuple[float, float]:
    """FLOP of the convolutions, and values that they read and write, of one window."""
    flops = values = 0.0

    def count(layer, inputs, output):
        nonlocal flops, values
        # an up-convolution's weights are applied once an input pixel, a convolution's once an output pixel
        place = inputs[0] if isinstance(layer, torch.nn.ConvTranspose2d) else output
        flops += 2.0 * layer.weight.numel() * place.shape[0] * place.shape[2] * place.shape[3]
        values += inputs[0].numel() + output.numel()

    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, kinds)]
    parameter = next(network.parameters())
    with torch.inference_mode():
        network(torch.zeros(1, 1, side_px, side_px, dtype=parameter.dtype, device=parameter.device))
    for hook in hooks:
        hook.remove()
    return flops, values


def limits() -> tuple[float, float]:
    """TFLOP/s of a matrix product and TB/s of a copy, both in half precision."""
    a = torch.randn(8192, 8192, device="cuda", dtype=torch.float16)
    product = seconds_of(lambda: a @ a)
    b = torch.empty(2**31, dtype=torch.float16, device="cuda")
    copied = seconds_of(lambda: b[: 2**30].copy_(b[2**30 :]))
    return 2 * 8192**3 / product / 1e12, 2 * 2 * 2**30 / copied / 1e12


def stage_seconds(model: Path, movie: Path, fraction: float = 1) -> tuple[float, np.ndarray, str, float]:
    """The whole job, from the start of Python to its end; the first frame's maps; what it said; its memory in MB."""
    from sidewinder.store import open_stack

    output = movie.with_name("maps.zarr")
    package = Path(__file__).resolve().parents[1] / "workflow"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", STAGE, package, movie, model, output, str(fraction)],
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return seconds, open_stack(output).data[0], done.stderr, int(done.stdout) / 1024


def measure(folder: Path, movies: list[Path], base_width: int, tflops: float, tbytes: float) -> list[str]:
    """The column of one network, in the order of `ROWS`."""
    model = make_model(folder, base_width)
    rate, flops, moved, difference = network_alone(model, movies[0])
    stage_seconds(model, movies[0])  # fills the caches of files
    # the shorter of two, for what else happens on the machine only adds
    runs = [min((stage_seconds(model, movie) for _ in range(2)), key=itemgetter(0)) for movie in movies]
    (short, maps, _, _), (long, _, _, peak_mb) = runs
    per_frame = (long - short) / (LENGTHS[1] - LENGTHS[0])
    start_up = short - LENGTHS[0] * per_frame
    of_stage = SIDE_PX**2 / 1e6 / per_frame
    in_little = []
    for share in LITTLE:
        _, other, said, _ = stage_seconds(model, movies[0], share)
        in_little.append(f"{said.count('going on with halves')}; {np.abs(other.astype(int) - maps).max()}")
    return [
        f"{rate:.0f}",
        f"{rate * flops / 1e6:.0f}; {rate * flops / 1e6 / tflops:.0%}",
        f"{rate * moved / 1e6:.2f}; {rate * moved / 1e6 / tbytes:.0%}",
        f"{difference:.0f}",
        f"{of_stage:.0f}; {of_stage / rate:.0%}",
        f"{start_up:.1f}; {start_up / (start_up + 200 * per_frame):.0%}",
        f"{peak_mb:.0f}",
        *in_little,
    ]


def measure_all(folder: Path) -> None:
    """Print the table."""
    tflops, tbytes = limits()
    movies = []
    for length in LENGTHS:
        (folder / str(length)).mkdir(parents=True, exist_ok=True)
        movies.append(make_movie(folder / str(length), SIDE_PX, length))
    machine = f"{torch.cuda.get_device_name()}, {os.cpu_count()} cores; PyTorch {torch.__version__}"
    print(f"{machine}; {tflops:.0f} TFLOP/s, {tbytes:.2f} TB/s\n")
    print("| |base 16|base 32|\n|---|---|---|")
    columns = [measure(folder, movies, base_width, tflops, tbytes) for base_width in (16, 32)]
    for row, *cells in zip(ROWS, *columns, strict=True):
        print(f"|{row}|{'|'.join(cells)}|")


if __name__ == "__main__":
    if not torch.cuda.is_available():
        raise SystemExit("no GPU here that PyTorch can use: nothing to measure")
    logging.basicConfig(level=logging.INFO)
    measure_all(Path(tempfile.mkdtemp() if len(sys.argv) == 1 else sys.argv[1]).resolve())
