"""What waiting threads cost: the network alone, and beside others on the same cores, by OMP_WAIT_POLICY.

    python benchmarks/busy_cores.py

prints the table of docs/measurements/inference.md.
"""

import os
import subprocess
import sys

from material import CHECKOUT

THREADS, ROUNDS = 2, 3
# side of a frame in px, and how many a process computes
PASSES = {256: 12, 768: 2}
AT_ONCE = (1, 2)
POLICIES = ("ACTIVE", "PASSIVE")


def seconds_a_frame(side_px: int) -> float:
    """The network over frames of noise, with as many threads as there are cores."""
    import time

    import torch

    from sidewinder.model import load_model
    from sidewinder.unet import fold_batch_norm

    torch.set_num_threads(THREADS)
    network = fold_batch_norm(load_model(CHECKOUT / "workflow" / "models" / "nuclei").network).eval()
    frame = torch.rand(1, 1, side_px, side_px)
    with torch.inference_mode():
        network(frame)
        start = time.perf_counter()
        for _ in range(PASSES[side_px]):
            network(frame)
    return (time.perf_counter() - start) / PASSES[side_px]


def beside(side_px: int, n_processes: int, policy: str) -> float:
    """The mean over processes that run at once."""
    command = [sys.executable, __file__, str(side_px)]
    environment = os.environ | {"OMP_WAIT_POLICY": policy}
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(n_processes)]
    return sum(float(process.communicate()[0]) for process in processes) / n_processes


def main() -> None:
    """Print the table; policies take turns, and the best round of each counts."""
    print(f"|frame, px|processes of {THREADS} threads at once|threads turn, s a frame|threads sleep, s a frame|ratio|")
    print("|---|---|---|---|---|")
    for side_px in PASSES:
        for n_processes in AT_ONCE:
            rounds = [{policy: beside(side_px, n_processes, policy) for policy in POLICIES} for _ in range(ROUNDS)]
            best = {policy: min(one[policy] for one in rounds) for policy in POLICIES}
            active, passive = best["ACTIVE"], best["PASSIVE"]
            print(f"|{side_px}|{n_processes}|{active:.3f}|{passive:.3f}|{active / passive:.1f}|", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(seconds_a_frame(int(sys.argv[1])))
    else:
        main()
