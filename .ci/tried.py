#!/usr/bin/env python3
"""On which machines the installation was tried, in tried.tsv, and whether it is still the one that was tried.

Usage: tried.py check; or, by .ci/on-debian: tried.py record <machine> <python> <MB of .venv> <s to install> <s to run>
"""

import csv
import datetime
import hashlib
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
TABLE = CHECKOUT / ".ci" / "tried.tsv"
# what is installed, and the recipe that installs it
OF_INSTALLATION = ("requirements.lock", "envs/install.sh", "envs/venv.sh", "envs/fetch_pip.py")
COLUMNS = ("machine", "python", "venv_mb", "install_s", "run_s", "date", "digest")


def digest() -> str:
    """The digest of all that an installation depends on."""
    found = hashlib.sha256()
    for name in OF_INSTALLATION:
        found.update(f"{name}\n".encode() + (CHECKOUT / name).read_bytes())
    return found.hexdigest()[:16]


def rows() -> list[dict[str, str]]:
    """What was tried."""
    if not TABLE.exists():
        return []
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def record(machine: str, *values: str) -> None:
    """Put a machine into the table, in place of what was said of it before."""
    new = dict(zip(COLUMNS, (machine, *values, datetime.date.today().isoformat(), digest()), strict=True))
    kept = [row for row in rows() if row["machine"] != machine]
    with open(TABLE, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*kept, new], key=lambda row: row["machine"]))
    print("\t".join(new.values()))


def check() -> None:
    """Fail where the installation is no longer the one that was tried."""
    if not rows():
        sys.exit("the installation was never tried: run .ci/on-debian, as root, and commit .ci/tried.tsv")
    stale = [f"{row['machine']} on {row['date']}" for row in rows() if row["digest"] != digest()]
    if stale:
        files = ", ".join(OF_INSTALLATION)
        sys.exit(
            f"what is installed, or how, has changed since it was tried ({'; '.join(stale)}): one of {files}. "
            "Run .ci/on-debian again for each machine, as root, and commit .ci/tried.tsv"
        )


if __name__ == "__main__":
    {"check": check, "record": record}[sys.argv[1]](*sys.argv[2:])
