"""Stands in for the commands of LSF (bsub, bjobs, bkill) and of PBS (qsub, qstat, qdel), by the name it is called by.

It takes the options of theirs that the profiles need and no others, and says what they say. Jobs run at once, on this
machine. The folder in STANDIN holds a note of each job; while a file `down` is there, nothing answers.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(os.environ.get("STANDIN", ""))
SERVER = "pbs01"


def matching(pattern: str):
    """The type of an option whose value is all of a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise argparse.ArgumentTypeError(f"{value!r} is not {pattern}")
        return value

    return check


def refuse(line: str, code: int) -> None:
    """End as a command that fails."""
    print(line, file=sys.stderr)
    sys.exit(code)


def bsub() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-J", required=True)
    parser.add_argument("-r", action="store_true", required=True)
    parser.add_argument("-o", choices=["/dev/null"], required=True)
    parser.add_argument("-n", type=int, required=True)
    parser.add_argument("-R", action="append", type=matching(r"span\[hosts=1\]|rusage\[mem=\d+MB\]"), required=True)
    parser.add_argument("-M", type=matching(r"\d+MB"), required=True)
    parser.add_argument("-W", type=int, required=True)
    parser.add_argument("-gpu", type=matching(r"num=\d+"), default="num=0")
    options = parser.parse_args()
    span, usage = sorted(options.R, key=lambda value: value.startswith("rusage"))
    assert (span, usage) == ("span[hosts=1]", f"rusage[mem={options.M}]"), options.R
    asked = {"name": options.J, "slots": options.n, "mem_mb": int(options.M[:-2]), "runtime_min": options.W}
    number = start(asked | {"gpu": int(options.gpu[4:])}, "LSB_JOBID", "{}", os.environ, Path.cwd())
    print(f"Job <{number}> is submitted to default queue <normal>.")


def bjobs() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-noheader", action="store_true", required=True)
    parser.add_argument("-o", choices=["jobid stat"], required=True)
    parser.parse_args()
    if not alive():
        refuse("No unfinished job found", 255)
    for number in alive():
        print(f"{number} RUN")


def bkill() -> None:
    for number in sys.argv[1:]:
        if number not in alive():
            refuse(f"Job <{number}>: No matching job found", 255)
        kill(number)
        print(f"Job <{number}> is being terminated")


def pbs_qsub() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    # older versions take no more
    parser.add_argument("-N", type=matching(r"[A-Za-z]\S{0,14}"), required=True)
    parser.add_argument("-V", action="store_true")
    parser.add_argument("-S", choices=["/bin/sh"], required=True)
    parser.add_argument("-r", choices=["y"], required=True)
    parser.add_argument("-j", choices=["oe"], required=True)
    parser.add_argument("-o", choices=["/dev/null"], required=True)
    parser.add_argument("-l", action="append", required=True)
    options = parser.parse_args()
    chunk = r"select=1:ncpus=(?P<slots>\d+):mem=(?P<mem_mb>\d+)mb(:ngpus=(?P<gpu>\d+))?"
    match = re.fullmatch(rf"{chunk} walltime=(?P<s>\d+)", " ".join(options.l))
    if match is None:
        refuse(f"qsub: Unknown resource: {options.l}", 188)
    asked = {name: int(match[name] or 0) for name in ("slots", "mem_mb", "gpu")}
    asked |= {"name": options.N, "runtime_min": int(match["s"]) / 60}
    environment = os.environ if options.V else {"PATH": os.defpath, "STANDIN": str(FOLDER)}
    number = start(asked, "PBS_JOBID", f"{{}}.{SERVER}", environment, Path.home())
    print(f"{number}.{SERVER}")


def pbs_qstat() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-u", required=True)
    parser.parse_args()
    if not alive():
        return
    print(f"\n{SERVER}:\n{'':59} Req'd  Req'd   Elap")
    print("Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time")
    print("--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----")
    for number in alive():
        job = f"{number}.{SERVER}"
        print(f"{job:15} somebody workq    {note(number)['name'][:10]:10}   1234   1   2  457mb 00:11 R 00:00")


def pbs_qdel() -> None:
    for number in (argument.removesuffix(f".{SERVER}") for argument in sys.argv[1:]):
        if number not in alive():
            refuse(f"qdel: Unknown Job Id {number}", 153)
        kill(number)


def start(asked: dict, variable: str, job_id: str, environment, folder: Path) -> int:
    """Run the script on standard input in a session of its own."""
    number = 1 + max((int(path.stem) for path in FOLDER.glob("*.json")), default=100)
    script = FOLDER / f"{number}.sh"
    script.write_text(sys.stdin.read())
    process = subprocess.Popen(
        ["/bin/sh", script], cwd=folder, env={**environment, variable: job_id.format(number)}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    (FOLDER / f"{number}.json").write_text(json.dumps({**asked, "process": process.pid}))
    return number


def note(number: str) -> dict:
    """What is noted of a job."""
    return json.loads((FOLDER / f"{number}.json").read_text())


def alive() -> list[str]:
    """The numbers of the jobs that run."""
    numbers = sorted(path.stem for path in FOLDER.glob("*.json"))
    return [number for number in numbers if is_running(note(number)["process"])]


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody waits for is a Z."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(number: str) -> None:
    """Take a job with all that it started."""
    os.killpg(note(number)["process"], signal.SIGKILL)


COMMANDS = {"bsub": bsub, "bjobs": bjobs, "bkill": bkill, "qsub": pbs_qsub, "qstat": pbs_qstat, "qdel": pbs_qdel}

if __name__ == "__main__":
    command = Path(sys.argv[0]).name
    if (FOLDER / "down").exists():
        refuse(f"{command}: cannot connect to server", 255)
    COMMANDS[command]()
