"""What is measured against each other: the bare network, other engines, the whole stage, MONAI's sliding window.

Each function returns one that does a single pass and gives back what it computed; `turns.Runner` calls it in a process
of its own. Peers are no dependencies of the project: pip install monai openvino onnxruntime onnx.
"""

import multiprocessing
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from material import normalised

THREADS = 2
# frames in a pass, and in one of the slow runners, whose time is scaled
N_FRAMES, N_SLOW = 8, 2
STAGE = {"channel": "0", "block": 0, "n_blocks": 1, "device": "cpu", "gpu_asked": False, "threads": THREADS}


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
        for _ in range(N_FRAMES if folded else N_SLOW):
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
        for _ in range(N_FRAMES):
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
