"""A real Slurm on this machine alone: munge, slurmctld and four slurmd from Debian's packages, without systemd.

Everything listens on loopback and lives in one folder, but for /etc/slurm/slurm.conf: Slurm's clients look there, and
Snakemake's plugin takes SLURM_CONF out of the jobs' environment. Needs root.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from polling import PATIENCE_S, wait_for

CONFIG = Path("/etc/slurm")
LOCK = "/run/sidewinder-tests-slurm.lock"
DAEMONS = ("munged", "slurmctld", "slurmd")
PACKAGES = "slurmctld slurmd slurm-client munge"
NODES = ("cpu1", "gpu1", "frail1", "many1")
# what Snakemake's plugin needs: no accounting, so that squeue must remember ended jobs; memory limits really enforced
# (there are no control groups here); nodes that claim more than the machine has, one with GPUs, one to be crashed, one
# for a crowd that gathers before it may start; a job given back waits for its credential to expire, 2 minutes if unsaid
SLURM_CONF = """# a cluster for Sidewinder's tests alone
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SrunPortRange=60001-60999
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=cred_expire=20
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=20
MinJobAge=3600
KillWait=5
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
GresTypes=gpu
NodeName=cpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16818 CPUs={cpus} RealMemory=400000 State=UNKNOWN
NodeName=gpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16819 CPUs={cpus} RealMemory=400000 Gres=gpu:2 State=UNKNOWN
NodeName=frail1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16820 CPUs={cpus} RealMemory=400000 State=UNKNOWN
NodeName=many1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16821 CPUs={cpus} RealMemory=400000 State=UNKNOWN
PartitionName=cpu Nodes=cpu1 Default=YES MaxTime=1-0 State=UP
PartitionName=gpu Nodes=gpu1 MaxTime=1-0 State=UP
PartitionName=frail Nodes=frail1 MaxTime=1-0 State=UP
PartitionName=many Nodes=many1 MaxTime=1-0 State=DOWN
"""
# a count of GPUs alone drains the node: they must be character devices; these are copies of /dev/null
GRES_CONF = "NodeName=gpu1 Name=gpu File={folder}/gpu[0-1]\n"
# the device number of /dev/null
NULL_DEVICE = os.makedev(1, 3)


def missing() -> str | None:
    """Why no Slurm can be started here; None where one can."""
    programs = [name for name in DAEMONS if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
    if programs:
        return f"{', '.join(programs)} not installed (apt install {PACKAGES})"
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    config = CONFIG / "slurm.conf"
    if config.exists() and not config.read_text().startswith(SLURM_CONF.splitlines()[0]):
        return f"{config} is another cluster's"
    return None


@dataclass(frozen=True)
class Slurm:
    """A running cluster.

    Parameters
    ----------
    folder : path
        State, logs and devices.
    cpus : int
        What each node claims to have.
    """

    folder: Path
    cpus: int = 8

    def start(self) -> None:
        """Bring the daemons up and wait until both nodes are idle."""
        # one at a time on a machine; never closed: the lock lives as long as this process
        fcntl.flock(os.open(LOCK, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
        _end_leftovers()
        (self.folder / "state").mkdir(parents=True)
        for index in range(2):
            os.mknod(self.folder / f"gpu{index}", 0o666 | 0o020000, NULL_DEVICE)
        names = {"folder": self.folder, "cpus": self.cpus, "host": socket.gethostname().split(".")[0]}
        CONFIG.mkdir(exist_ok=True)
        (CONFIG / "slurm.conf").write_text(SLURM_CONF.format(**names))
        (CONFIG / "gres.conf").write_text(GRES_CONF.format(**names))
        (CONFIG / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self._start_munge()
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        wait_for(lambda: call("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * len(NODES), "idle nodes")

    def _start_munge(self) -> None:
        user = pwd.getpwnam("munge")
        run = Path("/run/munge")
        run.mkdir(exist_ok=True)
        os.chown(run, user.pw_uid, user.pw_gid)
        if subprocess.run(["munge", "-n"], capture_output=True).returncode:
            subprocess.run(
                ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", "/usr/sbin/munged", "--force"],
                check=True,
            )
        wait_for(lambda: subprocess.run(["munge", "-n"], capture_output=True).returncode == 0, "munge")

    def start_controller(self) -> None:
        """Start slurmctld; -R: partitions are as they were, not as the configuration says."""
        subprocess.run(["/usr/sbin/slurmctld", "-R"], check=True, capture_output=True)

    def stop_controller(self) -> None:
        """End slurmctld in good order: its state is on disk."""
        self._end("slurmctld.pid", signal.SIGTERM)

    def start_node(self, node: str) -> None:
        """Start a node's slurmd."""
        subprocess.run(["/usr/sbin/slurmd", "-N", node], check=True, capture_output=True)

    def crash_node(self, node: str) -> None:
        """Take a node away with all that runs on it, as a power cut does."""
        jobs = {job["job"] for job in self.jobs() if job["node"] == node}
        self._end(f"slurmd-{node}.pid", signal.SIGKILL)
        for process in _processes_of(jobs):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _end(self, pid_file: str, number: int) -> None:
        process = int((self.folder / pid_file).read_text())
        os.kill(process, number)
        wait_for(lambda: not Path(f"/proc/{process}").exists(), f"the end of {pid_file}")

    def stop(self) -> None:
        """End all jobs and daemons; the configuration goes, too, so that Slurm's clients do not look for them."""
        with contextlib.suppress(subprocess.CalledProcessError):
            call("scancel", "--full", "-u", pwd.getpwuid(os.geteuid()).pw_name)
            wait_for(lambda: not call("squeue", "-h").strip(), "the end of all jobs")
        for pid_file in self.folder.glob("slurm*.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                self._end(pid_file.name, signal.SIGKILL)
        for name in ("slurm.conf", "gres.conf", "cgroup.conf"):
            (CONFIG / name).unlink()

    def jobs(self) -> list[dict[str, str]]:
        """All jobs since the start, ended ones as well."""
        fields = {"job": "%A", "state": "%T", "comment": "%k", "partition": "%P", "node": "%N", "name": "%j"}
        text = call("squeue", "-h", "--states=all", "-o", "\t".join(fields.values()))
        return [dict(zip(fields, line.split("\t"), strict=True)) for line in text.splitlines()]

    def details(self, job: str) -> dict[str, str]:
        """What `scontrol show job` says of a job."""
        words = call("scontrol", "show", "job", "-o", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)


def call(*command: str) -> str:
    """What a command says; CalledProcessError where it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _end_leftovers() -> None:
    """End the daemons of tests that were killed, known by their command lines: they would answer in place of ours."""
    ours = [["/usr/sbin/slurmctld", "-R"], *(["/usr/sbin/slurmd", "-N", node] for node in NODES)]
    left = [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] in ours]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=PATIENCE_S)


def _processes_of(jobs: set[str]) -> list[int]:
    """The processes that belong to jobs, first those of Slurm, which would otherwise report how the others end."""
    steps = tuple(f"slurmstepd: [{job}.".encode() for job in jobs)
    marks = {f"SLURM_JOB_ID={job}".encode() for job in jobs}
    slurms, others = [], []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if steps and (folder / "cmdline").read_bytes().startswith(steps):
                slurms.append(int(folder.name))
            elif marks & set((folder / "environ").read_bytes().split(b"\0")):
                others.append(int(folder.name))
    return slurms + others
