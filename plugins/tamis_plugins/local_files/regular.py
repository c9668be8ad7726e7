"""Files are opened without waiting: one is a regular file, or an error at once."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

#: Why something else than a file can't be read.
NOT_REGULAR = "not a regular file"


def problem_of(path: Path) -> str | None:
    """Why no file can be read at a path, in words that follow it; None if one can."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except (OSError, ValueError) as error:
        return f"can't be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISDIR(mode):
        return "is a folder"
    return None if stat.S_ISREG(mode) else f"is {NOT_REGULAR}"


def open_file(path: str | os.PathLike[str]) -> IO[bytes]:
    """A file, open for reading. Raises `OSError` about one that can't be read, or is no regular file."""
    # Not to wait for the other end of a FIFO; the flag means nothing for files.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            return os.fdopen(handle, "rb")
        raise OSError(0, NOT_REGULAR, os.fspath(path))
    except BaseException:
        os.close(handle)
        raise
