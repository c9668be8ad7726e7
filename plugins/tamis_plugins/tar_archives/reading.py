"""Reading at a position of a file that stays open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

_OPEN = threading.local()


class _Handle:
    """A file that is open for reading, until nobody needs it."""

    def __init__(self, path: str, size: int, changed: int) -> None:
        self.file = (path, size, changed)
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def __del__(self, close: Callable[[int], None] = os.close) -> None:  # bound, since modules may go first
        if hasattr(self, "_descriptor"):
            close(self._descriptor)

    def read(self, offset: int, count: int) -> bytes:
        parts = []
        while count:
            if hasattr(os, "pread"):  # it has no position that a process forked off would share
                part = os.pread(self._descriptor, count, offset)
            else:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                part = os.read(self._descriptor, count)
            if not part:
                raise OSError("the archive ends within it")
            parts.append(part)
            offset, count = offset + len(part), count - len(part)
        return b"".join(parts)


def read_at(path: str, offset: int, count: int) -> bytes:
    """Some bytes of a file. Each thread keeps the last one open, as long as it is the same. Raises `OSError`."""
    status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
    file = (path, status.st_size, status.st_mtime_ns)
    handle: _Handle | None = getattr(_OPEN, "handle", None)
    if handle is None or handle.file != file:
        _OPEN.handle = handle = None
        _OPEN.handle = handle = _Handle(*file)
    return handle.read(offset, count)
