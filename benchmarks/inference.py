"""The stage `infer` against the bare network, other engines and MONAI's sliding window, and its memory.

    python benchmarks/inference.py [folder [base widths]]

prints the tables of docs/inference.md. Runners take turns, each in a process of its own with the same number of
threads; a ratio is the median over the rounds. Peers that are not installed are left out; they are no dependencies of
the project: pip install monai openvino onnxruntime onnx. What a GPU does is measured by benchmarks/gpu.py.
"""

import multiprocessing
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

THREADS = 2
ROUNDS = {16: 5, 32: 2}
SMALL_PX, N_SMALL = 1024, 16
# frames in a pass of the slow runners, whose time is scaled
N_SLOW = 4
LARGE_PX = 4096
HUGE_PX, HUGE_LIMIT_BYTES = 16384, 3_000_000_000
STAGE = {"channel": "0", "block": 0, "n_blocks": 1, "device": "cpu", "gpu_asked": False, "threads": THREADS}


def make_model(folder: Path, base_width: int) -> Path:
    """A model folder of depth 4; 16 is the shipped one, 32 has random weights."""
    import torch

    from sidewinder.model import Normalization, save_model
    from sidewinder.unet import Architecture, UNet

    if base_width == 16:
        return CHECKOUT / "workflow" / "models" / "nuclei"
    path = folder / f"model{base_width}"
    if not path.is_dir():
        torch.manual_seed(0)
        network = UNet(Architecture(depth=4, base_width=base_width))
        with torch.no_grad():
            for _ in range(10):
                network(torch.rand(2, 1, 128, 128))
        save_model(path, network.eval(), Normalization(), ("background", "cell", "border"), {})
    return path


def make_movie(folder: Path, side_px: int, n_frames: int) -> Path:
    """Blobs under noise, as OME-Zarr."""
    from sidewinder.store import write_image

    path = folder / f"movie{side_px}.zarr"
    if path.is_dir():
        return path
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:1024, :1024]
    blobs = 200 + 3000 * np.exp(-((y % 64 - 32) ** 2 + (x % 64 - 32) ** 2) / 200)
    frame = np.tile(rng.poisson(blobs).astype(np.uint16), (1, side_px // 1024, side_px // 1024))
    quantiles = {"1": float(np.quantile(frame, 0.01)), "99.8": float(np.quantile(frame, 0.998))}
    write_image(
        path, (frame for _ in range(n_frames)), n_frames=n_frames, shape_cyx=frame.shape, dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("c",),
        attributes={"statistics": [{"channel": "c", "quantiles": quantiles}]},
    )  # fmt: skip
    return path


def normalised(movie: Path, model) -> np.ndarray:
    """The first frame, (Y, X), as the network gets it."""
    from sidewinder.preprocess import quantile
    from sidewinder.store import open_image

    image = open_image(movie)
    low, high = (quantile(image.attributes["statistics"], 0, percent) for percent in (1, 99.8))
    return model.normalization.apply(image.data[0, 0], low, high)


# what a runner's process does: each of these returns a function that does one pass


def bare(model: Path, movie: Path, kept: bool, folded: bool = True):
    """The network alone over frames that are in memory; a slow one over fewer."""
    import torch

    from sidewinder.infer.memory import keep_freed_memory
    from sidewinder.model import load_model
    from sidewinder.unet import fold_batch_norm

    torch.set_num_threads(THREADS)
    if kept:
        keep_freed_memory()
    loaded = load_model(model)
    image = torch.from_numpy(normalised(movie, loaded))[None, None]
    network = loaded.network
    if folded:
        network = fold_batch_norm(network).to(memory_format=torch.channels_last)
        image = image.contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run():
        for _ in range(N_SMALL if folded else N_SLOW):
            result = torch.softmax(network(image), dim=1)
        return result[0].numpy()

    return run


def other_engine(name: str, model: Path, shape: tuple[int, ...], keep: tuple[slice, slice] | None = None):
    """A network on another engine, as a function from an array to an array, of the part that is kept."""
    import torch

    from sidewinder.model import load_model
    from sidewinder.unet import fold_batch_norm

    folded = fold_batch_norm(load_model(model).network)

    class Kept(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = folded

        def forward(self, image):
            return self.network(image, keep=keep)

    network, example = Kept().eval(), torch.zeros(shape)
    if name == "openvino":
        import openvino

        compiled = openvino.Core().compile_model(
            openvino.convert_model(network, example_input=example, input=[shape]),
            "CPU",
            {"INFERENCE_NUM_THREADS": THREADS, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"},
        )
        return lambda image: compiled([image])[0].copy()
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        torch.onnx.export(network, (example,), f"{folder}/m.onnx", dynamo=False, input_names=["x"], opset_version=17)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(f"{folder}/m.onnx", options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(None, {"x": image})[0]


def bare_other(name: str, model: Path, movie: Path):
    """Another engine alone over frames that are in memory."""
    import torch

    from sidewinder.model import load_model

    image = normalised(movie, load_model(model))[None, None]
    engine = other_engine(name, model, image.shape)

    def run():
        for _ in range(N_SMALL):
            result = engine(image)
        return torch.softmax(torch.from_numpy(result), dim=1)[0].numpy()

    return run


def stage(model: Path, movie: Path, engine: str | None = None, tile: str | int = "auto"):
    """The whole stage, from Zarr to Zarr; with another engine in the network's place if one is named."""
    import torch

    import sidewinder.infer.engine as module
    from sidewinder.infer.movie import infer_movie
    from sidewinder.store import open_stack

    if engine is not None:
        made = {}

        def make(shape, keep):
            key = (shape, *((part.start, part.stop) for part in keep))
            if key not in made:
                made[key] = other_engine(engine, model, shape, keep)
            return made[key]

        class Other(module.Engine):
            def __init__(self, *arguments, **keywords):
                super().__init__(*arguments, **keywords)
                self.network = lambda image, skips, keep: torch.from_numpy(
                    make(tuple(image.shape), keep)(np.ascontiguousarray(image.numpy()))
                )

        sys.modules["sidewinder.infer.movie"].Engine = Other
    output = movie.with_name(f"maps-{multiprocessing.current_process().pid}.zarr")

    def run():
        infer_movie(movie, model, output, tile=tile, **STAGE)
        maps = open_stack(output).data[0]
        shutil.rmtree(output)
        return maps

    return run


def monai(model: Path, movie: Path, n_frames: int, overlap: float = 0.25):
    """MONAI's sliding window as its users run it: windows of 512, Gaussian weights, the plain network."""
    import torch
    from monai.inferers import SlidingWindowInferer

    from sidewinder.model import load_model

    torch.set_num_threads(THREADS)
    loaded = load_model(model)
    image = torch.from_numpy(normalised(movie, loaded))[None, None]
    inferer = SlidingWindowInferer((512, 512), sw_batch_size=1, overlap=overlap, mode="gaussian")

    @torch.inference_mode()
    def run():
        for _ in range(n_frames):
            result = torch.softmax(inferer(image, loaded.network), dim=1)
        return result[0].numpy()

    return run


class Runner:
    """A process of its own that makes one pass whenever it is told to."""

    def __init__(self, make, *arguments, **keywords) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, make, arguments, keywords), daemon=True)
        self.process.start()
        self.result = self.pipe.recv()  # of a first pass, which is not counted

    def seconds(self) -> float:
        """Of one more pass."""
        self.pipe.send("go")
        return self.pipe.recv()

    def close(self) -> None:
        self.process.kill()
        self.process.join()


def _work(pipe, make, arguments, keywords) -> None:
    run = make(*arguments, **keywords)
    pipe.send(run())
    while True:
        pipe.recv()
        start = time.perf_counter()
        run()
        pipe.send(time.perf_counter() - start)


def take_turns(makers: dict[str, tuple], rounds: int) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """Seconds of each runner in each round, and what each computes."""
    runners = {name: Runner(make, *arguments) for name, (make, *arguments) in makers.items()}
    seconds = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            seconds[name].append(runner.seconds())
    for runner in runners.values():
        runner.close()
    return seconds, {name: runner.result for name, runner in runners.items()}


def ratio(seconds: dict[str, list[float]], of: str, to: str, factor: float = 1.0) -> str:
    """The median over the rounds of one runner's time as a multiple of another's."""
    return f"{statistics.median(a / b for a, b in zip(seconds[of], seconds[to], strict=True)) * factor:.2f}"


def measure(folder: Path, base_width: int) -> dict[str, str]:
    """The column of one network."""
    model = make_model(folder, base_width)
    small, large = make_movie(folder, SMALL_PX, N_SMALL), make_movie(folder, LARGE_PX, 1)
    makers = {
        "bare": (bare, model, small, True),
        "handed back": (bare, model, small, False),
        "plain": (bare, model, small, False, False),
        "stage": (stage, model, small),
    }
    others = [name for name in ("openvino", "onnxruntime") if find_spec(name)]
    for name in others:
        makers |= {name: (bare_other, name, model, small), f"stage {name}": (stage, model, small, name)}
    if find_spec("monai"):
        makers["monai"] = (monai, model, small, N_SLOW)
    seconds, results = take_turns(makers, ROUNDS[base_width])
    _, tiled = take_turns({"tiled": (stage, model, small, None, 400)}, 0)
    best = N_SMALL * SMALL_PX**2 / 1e6 / min(seconds["bare"])
    column = {
        "bare forward (folded, channels last, memory kept), 1024 x 1024: million pixels a second": f"{best:.2f}",
        "&nbsp; memory handed back, as PyTorch does: times as long": ratio(seconds, "handed back", "bare"),
        "&nbsp; neither folded nor channels last: times as long": ratio(seconds, "plain", "bare", N_SMALL / N_SLOW),
    }
    for name in others:
        difference = np.abs(results[name] - results["bare"]).max()
        column[f"&nbsp; {name}: times as fast; largest difference"] = (
            f"{ratio(seconds, 'bare', name)}; {difference:.0e}"
        )
    column["stage, 1024 x 1024: times the bare forward (at most 1.15)"] = ratio(seconds, "stage", "bare")
    for name in others:
        column[f"&nbsp; with {name}: times as fast (worth it from 1.15)"] = ratio(seconds, "stage", f"stage {name}")
    if "monai" in makers:
        column["&nbsp; than MONAI's sliding window, overlap 0.25: times as fast (at least 2.6)"] = ratio(
            seconds, "monai", "stage", N_SMALL / N_SLOW
        )
    difference = np.abs(results["stage"].astype(int) - tiled["tiled"]).max()
    column["&nbsp; in tiles of 400 px: largest difference of the maps, 0 to 255"] = f"{difference}"
    makers = {"bare": (bare, model, small, True), "stage": (stage, model, large)}
    if find_spec("monai"):
        makers["monai"] = (monai, model, large, 1)
    seconds, _ = take_turns(makers, 3 if base_width == 16 else 2)
    share = N_SMALL * SMALL_PX**2 / LARGE_PX**2
    column["stage, 4096 x 4096: times the bare forward (at most 1.25)"] = ratio(seconds, "stage", "bare", share)
    if "monai" in makers:
        column["&nbsp; than MONAI's sliding window: times as fast"] = ratio(seconds, "monai", "stage")
    column |= huge(folder, model)
    return column


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
    resource.setrlimit(resource.RLIMIT_DATA, (HUGE_LIMIT_BYTES, HUGE_LIMIT_BYTES))
    import sidewinder.infer.movie as module

    tiles, choose = [], module.choose_tile
    module.choose_tile = lambda *arguments: tiles.append(choose(*arguments)) or tiles[-1]
    run = stage(model, movie)
    start = time.perf_counter()
    run()
    pipe.send((time.perf_counter() - start, peak_bytes() / 1e6, tiles[0]))


def host_side(folder: Path) -> str:
    """Million pixels a second that are read, cut, put together and written when the network takes no time."""
    import torch

    from sidewinder.infer.engine import Engine

    movie, model = make_movie(folder, 2048, 24), make_model(folder, 16)
    maps = torch.from_numpy(stage(model, make_movie(folder, SMALL_PX, N_SMALL))()).repeat(1, 2, 2)
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
    movie, model = make_movie(folder, 1024, N_SMALL), make_model(folder, 16)
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


def memory_rows() -> list[str]:
    """The peak of several networks' forward passes beside what is estimated beforehand."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for depth, base_width, side_px in (
        (4, 16, 1056),
        (4, 16, 2144),
        (4, 32, 1056),
        (4, 32, 2144),
        (4, 64, 1056),
        (2, 8, 2144),
        (6, 8, 2176),
    ):
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
    from sidewinder.model import Model, Normalization
    from sidewinder.unet import Architecture, UNet

    torch.set_num_threads(THREADS)
    keep_freed_memory()
    network = UNet(Architecture(depth=depth, base_width=base_width)).eval()
    engine = Engine(Model(network, Normalization(), (), {}), side_px, finish=as_uint8)
    engine.probabilities(np.zeros((1, 64, 64), np.float32))
    before = peak_bytes()
    ((tile,),) = engine.bands((side_px - 2 * engine.architecture.stride_px,) * 2)
    for _ in range(4):
        engine.run([torch.rand(1, 1, tile.y.window_px, tile.x.window_px)], [tile])
    pipe.send((peak_bytes() - before, tile_bytes(base_width, tile.window_px)))


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


if __name__ == "__main__":
    main()
