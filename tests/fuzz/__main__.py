"""Random damage to whatever users give, each kind in a process of its own with limited time and memory.

    python tests/fuzz [--minutes 15] [--seed 0] [kind ...]

prints a table, then how to see each fault again. A fault is everything but a UserError, an input that takes longer than
ten CPU seconds or more than 2 GB, and a process that dies. The exit code is 1 if there is one.

    python tests/fuzz --again "TIFF 0 1234"

tries one input again, with its traceback.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / "workflow"), str(CHECKOUT / "tests" / "support")]

from fuzzing.kinds import kinds_here, prepared  # noqa: E402
from fuzzing.limited import Tally, try_many  # noqa: E402

# without a new input a process counts as hanging; waiting takes no CPU time
SILENT_S = 120
COLUMNS = ("kind", "inputs tried", "refused with a message", "accepted", "faults", "slowest, CPU s", "most MB")


def main() -> int:
    """Try all kinds, and print what came of them."""
    options = parsed()
    if options.again:
        again(options.again)
        return 0
    if options.child:
        kind, first, seconds, tally = options.child
        try_many(kind, prepared(kind, Path.cwd()), options.seed, int(first), float(seconds), Path(tally))
        return 0
    kinds, faults = options.kinds or kinds_here(), {}
    print(f"|{'|'.join(COLUMNS)}|\n|{'---|' * len(COLUMNS)}", flush=True)
    for kind in kinds:
        tally = tried(kind, options.seed, options.minutes * 60 / len(kinds))
        faults |= tally.faults
        cells = (kind, f"{tally.tried:,}", f"{tally.refused:,}", f"{tally.accepted:,}", len(tally.faults))
        print(f"|{'|'.join(map(str, cells))}|{tally.slowest_s:.1f}|{tally.most_mb:.0f}|", flush=True)
    for fault, which in faults.items():
        print(f"{fault}: {which}")
    return 1 if faults else 0


def parsed() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="tests/fuzz")
    parser.add_argument("kinds", nargs="*", metavar="kind", help=", ".join(kinds_here()))
    parser.add_argument("--minutes", type=float, default=15, help="in all")
    parser.add_argument("--seed", default="0", help="another one gives other inputs")
    parser.add_argument("--again", help="an input: kind, seed and number")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


def tried(kind: str, seed: str, seconds: float) -> Tally:
    """Try inputs of a kind for so many seconds; where a process dies, go on behind the input that it died of."""
    total, first = Tally(), 0
    while first >= 0:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "tally.json")
            began_s = time.monotonic()
            code, said = run_child(kind, seed, first, max(seconds, 0), path)
            if not path.is_file():
                raise SystemExit(f"{kind}: cannot be tried:\n{said[-2000:]}")
            found = json.loads(path.read_text())
        number = found.pop("number")
        seconds -= time.monotonic() - began_s
        add(total, Tally(**found))
        if number >= 0:
            total.faults.setdefault(
                f"the process ended with {code}", f'--again "{kind} {seed} {number}": {said[-200:]}'
            )
        first = number + 1 if number >= 0 else -1
    return total


def run_child(kind: str, seed: str, first: int, seconds: float, tally: Path) -> tuple[int, str]:
    """Run a process that tries inputs, until it ends or hangs; its exit code, and what it said."""
    command = [sys.executable, __file__, "--seed", seed, "--child", kind, str(first), str(seconds), str(tally)]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT, env=environment)
        while True:
            try:
                code = process.wait(timeout=SILENT_S)
                break
            except subprocess.TimeoutExpired:
                if tally.is_file() and time.time() - tally.stat().st_mtime > SILENT_S:
                    process.kill()
        said.seek(0)
        return code, said.read()


def add(total: Tally, more: Tally) -> None:
    """Count what another process has counted, too."""
    total.tried += more.tried
    total.refused += more.refused
    total.accepted += more.accepted
    total.slowest_s = max(total.slowest_s, more.slowest_s)
    total.most_mb = max(total.most_mb, more.most_mb)
    total.faults = more.faults | total.faults


def again(which: str) -> None:
    """Try one input, and let what it raises be seen."""
    kind = which.rsplit(" ", 2)[0]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepared(kind, Path(folder))(Random(which))


if __name__ == "__main__":
    sys.exit(main())
