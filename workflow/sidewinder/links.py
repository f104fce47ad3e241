"""Files under a second name, which take no more of the disk."""

import os
import shutil


def link_or_copy(source: str, target: str) -> None:
    """Give a file a second name, or where the file system has no hard links, copy it and wait for the disk."""
    try:
        os.link(source, target)
    except OSError:
        # another file system, or one without hard links
        shutil.copy2(source, target)
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
