"""A real Grid Engine on this machine alone: sge_qmaster and sge_execd from Debian's packages, without systemd.

All of it lives in one folder; clients find it by the variables of `Gridengine.environment`. The host goes by the name
localhost, so that all connections are on loopback; the daemons listen on all addresses, Grid Engine has no setting for
that. Needs root.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from polling import PATIENCE_S, wait_for
from slurm import call

PACKAGES = "gridengine-master gridengine-exec gridengine-client"
PORTS = {"SGE_QMASTER_PORT": "16444", "SGE_EXECD_PORT": "16445"}
LOCK = "/run/sidewinder-tests-gridengine.lock"
BINARIES = Path("/usr/lib/gridengine")
INSTALLED = Path("/var/lib/gridengine")
TEMPLATES = Path("/usr/share/gridengine")
BOOTSTRAP = """\
admin_user root
default_domain none
ignore_fqdn true
spooling_method classic
spooling_lib libspoolc
spooling_params {spooling}
binary_path /usr/lib/gridengine
qmaster_spool_dir {folder}/qmaster
security_mode none
listener_threads 2
worker_threads 2
scheduler_threads 1
"""
# root may submit; jobs that end are in the accounting at once
CONFIGURATION = {
    "execd_spool_dir": "{folder}/execd",
    "min_uid": "0",
    "min_gid": "0",
    "load_report_time": "00:00:01",
    "reporting_params": "accounting=true reporting=false joblog=false sharelog=00:00:00 flush_time=00:00:15 "
    "accounting_flush_time=00:00:00",
}
SCHEDULER = {"schedule_interval": "0:0:1", "flush_submit_sec": "1", "flush_finish_sec": "1"}
# memory is counted for each slot, as on most clusters, GPUs for the job
COMPLEXES = {
    "mem_free": "mem_free mf MEMORY <= YES YES 0 0",
    "gpu": "gpu gpu INT <= YES JOB 0 0",
}
# more than this machine has: stubs need none of it
HOST = {"hostname": "localhost", "load_scaling": "mem_free=1000.0", "complex_values": "mem_free=400G,gpu=2"}
# what a host says of itself
REPORTED = ("load_values", "processors")
QUEUE = {"qname": "all.q", "hostlist": "localhost", "pe_list": "smp", "slots": "{slots}", "load_thresholds": "NONE"}


def missing() -> str | None:
    """Why no Grid Engine can be started here; None where one can."""
    if not all((BINARIES / name).exists() for name in ("sge_qmaster", "sge_execd", "qsub")):
        return f"not installed (apt install {PACKAGES})"
    return None if os.geteuid() == 0 else "its daemons need root"


@dataclass(frozen=True)
class Gridengine:
    """A running cluster of one host.

    Parameters
    ----------
    folder : path
        State, logs and accounting.
    slots : int
        What the host claims to have.
    """

    folder: Path
    slots: int = 16

    @property
    def environment(self) -> dict[str, str]:
        """What its clients, and those of its jobs, need to find it."""
        return {"SGE_ROOT": str(self.folder / "root"), "SGE_CELL": "default"} | PORTS

    def start(self) -> None:
        """Bring the daemons up and wait until the host reports; `environment` must be set."""
        # one at a time on a machine; never closed: the lock lives as long as this process
        fcntl.flock(os.open(LOCK, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
        _end_leftovers()
        common = self.folder / "root" / "default" / "common"
        for path in (common, self.folder / "qmaster" / "job_scripts", self.folder / "execd"):
            path.mkdir(parents=True)
        for name in ("bin", "utilbin", "lib", "util"):
            (self.folder / "root" / name).symlink_to(INSTALLED / name)
        spooling = f"{common};{self.folder}/qmaster"
        (common / "bootstrap").write_text(BOOTSTRAP.format(folder=self.folder, spooling=spooling))
        (common / "act_qmaster").write_text("localhost\n")
        (common / "host_aliases").write_text(f"localhost {socket.gethostname()}\n")
        self._fill_spool(spooling)
        self.start_master()
        self._configure()
        self._start_host()
        wait_for(lambda: "lx-amd64" in call("qhost", "-h", "localhost"), "the host's first report")

    def _fill_spool(self, spooling: str) -> None:
        def call_tool(*command: str) -> None:
            call(str(BINARIES / command[0]), *command[1:])

        resources = TEMPLATES / "util" / "resources"
        settings = {key: value.format(folder=self.folder) for key, value in CONFIGURATION.items()}
        configuration = _changed((TEMPLATES / "default-configuration").read_text(), settings)
        call_tool("spoolinit", "classic", "libspoolc", spooling, "init")
        call_tool("spooldefaults", "configuration", self._written("configuration", configuration))
        call_tool("spooldefaults", "complexes", str(resources / "centry"))
        call_tool("spooldefaults", "usersets", str(resources / "usersets"))
        call_tool("spooldefaults", "managers", "root")

    def _configure(self) -> None:
        complexes = [line for line in call("qconf", "-sc").splitlines() if line.split()[0] not in COMPLEXES]
        host = [line for line in call("qconf", "-se", "template").splitlines() if line.split()[0] not in REPORTED]
        queue = {key: value.format(slots=self.slots) for key, value in QUEUE.items()}
        for option, text in (
            ("-Msconf", _changed(call("qconf", "-ssconf"), SCHEDULER)),
            ("-Mc", "\n".join([*complexes, *COMPLEXES.values()]) + "\n"),
            ("-Ae", _changed("\n".join(host), HOST)),
            ("-Ap", (TEMPLATES / "util/resources/pe/smp").read_text()),
            ("-Aq", _changed(call("qconf", "-sq"), queue)),
        ):
            call("qconf", option, self._written(f"qconf{option}", text))
        call("qconf", "-as", "localhost")

    def _written(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def start_master(self) -> None:
        """Start sge_qmaster and wait until it answers."""
        _start("sge_qmaster")
        wait_for(lambda: subprocess.run(["qconf", "-sh"], capture_output=True).returncode == 0, "sge_qmaster")

    def restart_master(self) -> None:
        """Start sge_qmaster again, and the host's daemon, which may take ten minutes to find it.

        Jobs go on; when those that ran before end, the master hears of it up to a minute late.
        """
        self.start_master()
        self._end("execd/localhost/execd.pid", signal.SIGKILL)
        self._start_host()

    def _start_host(self) -> None:
        _start("sge_execd")

    def stop_master(self) -> None:
        """End sge_qmaster in good order: its state is on disk."""
        self._end("qmaster/qmaster.pid", signal.SIGTERM)

    def _end(self, pid_file: str, number: int) -> None:
        process = int((self.folder / pid_file).read_text())
        os.kill(process, number)
        wait_for(lambda: not _is_running(process), f"the end of {pid_file}")

    def stop(self) -> None:
        """End all jobs and daemons."""
        with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
            call("qdel", "-f", "-u", "*")
            wait_for(lambda: not call("qstat", "-u", "*").strip(), "the end of all jobs")
        for pid_file in ("execd/localhost/execd.pid", "qmaster/qmaster.pid"):
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, ValueError):
                self._end(pid_file, signal.SIGKILL)

    def accounted(self) -> set[str]:
        """The numbers of all jobs that have ended."""
        accounting = self.folder / "root" / "default" / "common" / "accounting"
        lines = accounting.read_text().splitlines() if accounting.exists() else []
        return {line.split(":")[5] for line in lines if not line.startswith("#")}

    def accounts(self, job: str) -> dict[str, str]:
        """What `qacct -j` says of a job that has ended."""
        wait_for(lambda: subprocess.run(["qacct", "-j", job], capture_output=True).returncode == 0, f"qacct -j {job}")
        words = [line.strip().split(None, 1) for line in call("qacct", "-j", job).splitlines()]
        return dict(pair for pair in words if len(pair) == 2)


def _start(daemon: str) -> None:
    # not captured: the daemon would hold the pipe open
    subprocess.run([BINARIES / daemon], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip


def _end_leftovers() -> None:
    """End the daemons of tests that were killed, known by their ports: new ones could not listen there."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in ("sge_qmaster", "sge_execd"):
            with contextlib.suppress(psutil.Error):
                if process.environ().items() >= PORTS.items():
                    process.kill()
                    process.wait(PATIENCE_S)


def _is_running(process: int) -> bool:
    try:
        # the name may hold spaces; what ended and has not been reaped is a Z
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _changed(text: str, settings: dict[str, str]) -> str:
    """A configuration in which some lines say something else."""
    lines = [line for line in text.splitlines() if not line.startswith(tuple(f"{key} " for key in settings))]
    return "\n".join([*lines, *(f"{key} {value}" for key, value in settings.items())]) + "\n"
