"""Runners in processes of their own that take turns, so that a noisy machine is as noisy for each of them."""

import multiprocessing
import statistics
import time

import numpy as np


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
