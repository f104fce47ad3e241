"""A package of somebody else's, looked at before the zoo's library opens it: it may not reach out of itself, nor fill
the memory."""

import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

import yaml

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_DESCRIPTION_BYTES, LARGEST_PACKAGE_BYTES, MOST_ALIASES
from sidewinder.plain_yaml import events_of, load_yaml

# what YAML itself knows
PLAIN_TAGS = "tag:yaml.org,2002:"
TAGS_OF_PYTHON = f"{PLAIN_TAGS}python"
# keys of a description whose values are files
FILE_KEYS = frozenset(
    "source documentation covers attachments files icon test_inputs test_outputs sample_inputs sample_outputs "
    "test_tensor sample_tensor dependencies".split()
)


def check_zip(where: str, file: str | Path | IO[bytes]) -> list[str]:
    """Refuse an archive that reaches out of itself, or that would unpack to more than a model may have.

    Parameters
    ----------
    where : str
        The archive, for messages.
    file : path or file
        The archive.

    Returns
    -------
    names : list of str
        Of its files.

    Raises
    ------
    UserError
        If it is damaged or refused.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise UserError(f"{where}: is no zip file that can be read ({error}); download or copy it again") from error
    for entry in entries:
        if is_outside(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            raise UserError(
                f"{where}: its entry {entry.filename!r} leads out of the package; such packages are not read"
            )
    _check_size(where, (entry.file_size for entry in entries))
    return [entry.filename for entry in entries]


def check_folder(where: str, folder: Path) -> None:
    """Refuse a folder with links that lead out of it, or that is larger than a model may be; raises UserError."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UserError(f"{where}: {path.relative_to(folder)} is a link that leads out of it; copy the file there")
    _check_size(where, (path.stat().st_size for path in files))


def check_description(where: str, data: bytes) -> None:
    """Refuse a description that calls code, that grows without end, or that names files outside of its package.

    Parameters
    ----------
    where : str
        The package, for messages.
    data : bytes
        A YAML file; no more than `LARGEST_DESCRIPTION_BYTES` and one of it.

    Raises
    ------
    UserError
        Names the line or the file.
    """
    if len(data) > LARGEST_DESCRIPTION_BYTES:
        raise UserError(f"{where}: its description is larger than {LARGEST_DESCRIPTION_BYTES} bytes; is it one?")
    try:
        text = data.decode()
        _check_events(where, events_of(text))
        described = load_yaml(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError(f"{where}: its description is no YAML that can be read ({reason})") from error
    if not isinstance(described, dict):
        raise UserError(f"{where}: its description is no mapping of names to values, so that it is no package")
    for source in _sources(described):
        if is_outside(source):
            raise UserError(f"{where}: its description names {source!r}, a file outside of the package; it is not read")


def is_outside(name: str) -> bool:
    """Whether a name leads out of the folder in which it stands; a web address does not, nothing is read there."""
    if name.startswith(("http://", "https://")):
        return False
    parts = {*PurePosixPath(name).parts, *PureWindowsPath(name).parts}
    rooted = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or name.startswith("~")
    return bool(rooted) or ".." in parts or "://" in name or name.startswith("file:")


def _check_size(where: str, sizes: Iterable[int]) -> None:
    size = sum(sizes)
    if size > LARGEST_PACKAGE_BYTES:
        raise UserError(
            f"{where}: its files have {size / 1e9:.1f} GB unpacked; a package has {LARGEST_PACKAGE_BYTES / 1e9:.1f} GB "
            "at most"
        )


def _check_events(where: str, events: Iterable[yaml.Event]) -> None:
    """What can be seen of a description before anything is made of it."""
    n_aliases = 0
    for event in events:
        tag = getattr(event, "tag", None)
        if tag and (not tag.startswith(PLAIN_TAGS) or tag.startswith(TAGS_OF_PYTHON)):
            raise UserError(
                f"{where}: line {_line(event)} of its description has the tag {tag!r}, which may call "
                "code; descriptions are plain names and values"
            )
        n_aliases += isinstance(event, yaml.AliasEvent)
    if n_aliases > MOST_ALIASES:
        raise UserError(f"{where}: its description repeats {n_aliases} parts by aliases; {MOST_ALIASES} are allowed")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _sources(value: Any, is_file: bool = False) -> Iterator[str]:
    """The files that a description names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _sources(inner, key in FILE_KEYS)
    elif isinstance(value, list):
        for inner in value:
            yield from _sources(inner, is_file)
    elif is_file and isinstance(value, str):
        yield value
