"""Whether a folder takes files."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from sidewinder.driver.for_users import for_users

# no file system puts so much into what it has for a file's name
PROBE = bytes(4096)


def refusal(folder: str | Path) -> str | None:
    """Say why a folder takes no file, by writing a small one for a moment.

    Parameters
    ----------
    folder : path
        Need not be there: then the nearest one above it is asked.

    Returns
    -------
    reason : str or None
        In one line, with the folder and what to do; None where it takes files.
    """
    folder = next(one for one in (Path(folder), *Path(os.path.abspath(folder)).parents) if one.is_dir())
    probe = folder / f".probe.{socket.gethostname()}-{os.getpid()}.tmp"
    try:
        with open(probe, "wb") as file:
            file.write(PROBE)
    except OSError as error:
        return for_users(OSError(error.errno, error.strerror, str(folder)))
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return None
