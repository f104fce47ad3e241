"""Stands in for the script of every rule: makes the outputs, empty, and notes where and with what it ran.

`behaviour.json` in the working directory says what goes wrong, by the job's name: a list with one behaviour an attempt,
none where all is well: fails, hangs, eats (memory), waits (for a file `go`), takes N (seconds). What ran is appended to
`ran.jsonl`. An output of which there is one of the same name in the folder `made` is a copy of that.
"""

import json
import os
import shutil
import time
from pathlib import Path

from job import job

# of Slurm, SGE, LSF, PBS
JOB_VARIABLES = ("SLURM_JOB_ID", "JOB_ID", "LSB_JOBID", "PBS_JOBID")

with job() as snakemake:
    from sidewinder.errors import UserError

    name = "/".join([snakemake.rule, *snakemake.wildcards])
    ran = Path("ran.jsonl")
    done_before = [json.loads(line) for line in ran.read_text().splitlines()] if ran.exists() else []
    attempt = sum(one["name"] == name for one in done_before)
    note = {
        "name": name,
        "mem_mb": snakemake.resources.get("mem_mb"),
        "runtime": snakemake.resources.get("runtime"),
        "cluster_job": next((os.environ[variable] for variable in JOB_VARIABLES if variable in os.environ), None),
        "process": os.getpid(),
        "node": os.environ.get("SLURMD_NODENAME"),
        "gpus": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "start_s": time.time(),
    }
    with ran.open("a") as file:
        file.write(json.dumps(note) + "\n")
    behaviours = json.loads(Path("behaviour.json").read_text()) if Path("behaviour.json").exists() else {}
    behaviour = dict(enumerate(behaviours.get(name, []))).get(attempt, "works")
    if behaviour == "fails":
        raise UserError(f"{name}: this one fails")
    if behaviour == "hangs":
        time.sleep(3600)
    while behaviour == "waits" and not Path("go").exists():
        time.sleep(0.1)
    if behaviour.startswith("takes "):
        time.sleep(float(behaviour.removeprefix("takes ")))
    if behaviour == "eats":
        # twice what it may have, touched so that it is really taken
        eaten = b"\1" * (2 * note["mem_mb"] * 2**20)
        time.sleep(3600)
    for output in snakemake.output:
        path = Path(output)
        if (Path("made") / path.name).is_dir():
            shutil.copytree(Path("made") / path.name, path)
        elif (Path("made") / path.name).exists():
            shutil.copy(Path("made") / path.name, path)
        elif path.suffix in (".zarr", ".geff") or path.name == "ctc" or path.parent.name == "models":
            (path / "0").mkdir(parents=True)
            size = {"shape": [2, 1, 64, 64], "data_type": "uint16"}
            (path / "0" / "zarr.json").write_text(json.dumps(size))
        else:
            path.write_text("movie\nstub\n" if path.name == "summary.csv" else "")
