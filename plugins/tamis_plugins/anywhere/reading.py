"""Reading at a position of a file that stays open."""

from __future__ import annotations

import os
from collections.abc import Callable

from tamis_plugins.local_files.last_open import LastOpen


class _Handle:
    """A file that is open for reading, until nobody needs it."""

    def __init__(self, path: str) -> None:
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
                raise OSError("the file ends within it")
            parts.append(part)
            offset, count = offset + len(part), count - len(part)
        return b"".join(parts)


_HANDLES = LastOpen(_Handle)


def read_at(path: str, offset: int, count: int) -> bytes:
    """Some bytes of a file. Each thread keeps the last one open, as long as it is the same. Raises `OSError`."""
    return _HANDLES.of(path).read(offset, count)
