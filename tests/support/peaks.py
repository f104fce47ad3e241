"""The memory that each job of a cluster really takes, all of its processes together."""

import contextlib
import re
import threading
from collections import defaultdict
from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.2
JOB = re.compile(rb"(?:^|\0)SLURM_JOB_ID=(\d+)")
PAGES = re.compile(r"^(Shared|Private)_(?:Clean|Dirty):\s+(\d+) kB", re.MULTILINE)


class Peaks:
    """Watches while its block runs; `mb` then holds each job's peak in MB.

    That is what its processes have for themselves, and the most that one of them shares with any other, of this job or
    of another. Looks five times a second, so that what lasts shorter may be missed.
    """

    def __init__(self) -> None:
        self.mb: dict[str, float] = defaultdict(float)
        self._job_of: dict[str, str | None] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peaks":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(SECONDS_BETWEEN_LOOKS):
            private: dict[str, float] = defaultdict(float)
            shared: dict[str, float] = defaultdict(float)
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    job = self._job(folder)
                    if job:
                        own, others = _own_and_shared_mb(folder)
                        private[job] += own
                        shared[job] = max(shared[job], others)
            for job, mb in private.items():
                self.mb[job] = max(self.mb[job], mb + shared[job])

    def _job(self, folder: Path) -> str | None:
        """The job of a process, which keeps its number until it ends."""
        started = (folder / "stat").read_text().rsplit(")", 1)[1].split()[19]
        key = f"{folder.name}-{started}"
        if self._job_of.get(key) is None:
            found = JOB.search((folder / "environ").read_bytes())
            # a process that has just been forked gets its environment with its program
            self._job_of[key] = found[1].decode() if found else None
        return self._job_of[key]


def _own_and_shared_mb(folder: Path) -> tuple[float, float]:
    """Memory that a process has for itself, and that it shares."""
    mb = {"Private": 0.0, "Shared": 0.0}
    for kind, kilobytes in PAGES.findall((folder / "smaps_rollup").read_text()):
        mb[kind] += int(kilobytes) * 1024 / 1e6
    return mb["Private"], mb["Shared"]
