"""A file from a web server, whole or not at all."""

import http.client
import shutil
import sys
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_SET_BYTES

PIECE_BYTES = 2**20
# without a byte
LONGEST_SILENCE_S = 60


def download(url: str, path: Path, listed: str) -> None:
    """Fetch a file, and compare its size with the one that the server says.

    Parameters
    ----------
    url : str
        Its address.
    path : Path
        Where it goes; in part where this raises.
    listed : str
        Where users find what there is.

    Raises
    ------
    UserError
        If the server cannot be reached, has no such file, or sends another number of bytes than it says, or the disk
        has no space for it.
    """
    try:
        with urlopen(url, timeout=LONGEST_SILENCE_S) as answer:
            said = answer.headers.get("Content-Length") or ""
            expected = int(said) if said.isdecimal() else None
            _check_size(url, path, expected)
            print(f"fetching {url}" + (f", {expected / 1e6:,.0f} MB" if expected else ""), file=sys.stderr, flush=True)
            found = _copy(url, answer, path)
    except HTTPError as error:
        raise UserError(f"{url}: the server has no such file ({error.code}); sets are listed at {listed}") from error
    except (URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        why = getattr(error, "reason", None) or error
        raise UserError(
            f"{url}: cannot be fetched ({why}); try again, or fetch it with a browser and unpack it here"
        ) from error
    if expected is not None and found != expected:
        raise UserError(f"{url}: {found:,} of {expected:,} bytes came; try again")


def _check_size(url: str, path: Path, expected: int | None) -> None:
    free = shutil.disk_usage(path.parent).free
    if expected is not None and expected > min(LARGEST_SET_BYTES, free):
        fit = f"{free / 1e9:.1f} GB are free" if expected > free else f"{LARGEST_SET_BYTES / 1e9:.0f} GB are allowed"
        raise UserError(f"{url}: has {expected / 1e9:.1f} GB, but {fit}")


def _copy(url: str, answer: http.client.HTTPResponse, path: Path) -> int:
    """Write what comes to a file; how many bytes that were."""
    found = 0
    with open(path, "wb") as file:
        while piece := answer.read(PIECE_BYTES):
            found += file.write(piece)
            if found > LARGEST_SET_BYTES:
                raise UserError(f"{url}: does not end; {LARGEST_SET_BYTES / 1e9:.0f} GB are allowed")
    return found
