"""Files that somebody else may have made: read without waiting for anybody, and up to a limit."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_plain(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of a file.

    Raises:
        OSError: it can't be read, is a device, a FIFO or the like, or has more than ``most`` bytes.
        ValueError: it is no path.
    """
    # Not to wait for the other end of a FIFO; the flag means nothing for files.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{os.fspath(path)!r} is not a regular file")
        if status.st_size > most:
            raise OSError(f"{os.fspath(path)!r} is larger than {most >> 20} MiB")
        return file.read(status.st_size + 1)


def check_plain(path: Path) -> None:
    """Raise `OSError` if something is there that is no file, and would be waited for."""
    if not path.is_file() and path.exists():
        raise OSError(f"{str(path)!r} is not a regular file")
