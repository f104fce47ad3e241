"""A zip archive of one folder, unpacked where nothing in it can lead out of that folder or fill the disk."""

import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_SET_BYTES, MOST_FILES_OF_SET

# names of files and folders as the challenge gives them: no parent folders, roots, drives or spaces
PLAIN = re.compile(r"(?:[A-Za-z0-9_+-][A-Za-z0-9_.+-]*/)*[A-Za-z0-9_+-][A-Za-z0-9_.+-]*/?")
# what a Mac adds to archives
OF_MACS = re.compile(r"__MACOSX/|.*\.DS_Store$|.*/\._")


def unpack(archive: Path, name: str, folder: Path) -> None:
    """Unpack what lies in one folder of an archive.

    Parameters
    ----------
    archive : Path
        The archive.
    name : str
        The folder in it.
    folder : Path
        Where what is in it goes.

    Raises
    ------
    UserError
        If it is no archive, damaged or too large, or has entries of other names, or links.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not OF_MACS.match(entry.filename)]
            _check(entries, name, folder)
            for entry in (entry for entry in entries if not entry.is_dir()):
                target = folder / entry.filename.removeprefix(f"{name}/")
                target.parent.mkdir(parents=True, exist_ok=True)
                # reads no more than what the entry says, and compares a checksum
                with opened.open(entry) as source, open(target, "xb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, FileExistsError) as error:
        raise UserError(f"{name}.zip: is no zip archive that can be read ({error}); fetch it again") from error


def _check(entries: list[zipfile.ZipInfo], name: str, folder: Path) -> None:
    for entry in entries:
        plain = PLAIN.fullmatch(entry.filename) and entry.filename.startswith(f"{name}/")
        if not plain or stat.S_ISLNK(entry.external_attr >> 16):
            raise UserError(
                f"{name}.zip: its entry {entry.filename!r} is a link or no plain name below {name}/; nothing of it was "
                "unpacked"
            )
    size, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if size > LARGEST_SET_BYTES or len(entries) > MOST_FILES_OF_SET:
        raise UserError(
            f"{name}.zip: has {len(entries):,} files of {size / 1e9:,.1f} GB unpacked; {MOST_FILES_OF_SET:,} and "
            f"{LARGEST_SET_BYTES / 1e9:.0f} GB are allowed"
        )
    if size > free:
        raise UserError(f"{name}.zip: has {size / 1e9:.1f} GB unpacked, but {free / 1e9:.1f} GB are free here")
