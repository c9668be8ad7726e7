"""Reading a bit here and a bit there of a file on a server, by as few requests as that takes."""

from __future__ import annotations

import io
from typing import Protocol

#: Bytes of a request at first, and of the largest once reading goes on.
SMALL, LARGE = 4 << 10, 1 << 20
#: What lies between two readings is read too, if it is less than this: another request would take longer.
LEAP = 16 << 10


class Parts(Protocol):
    """What can be read in parts."""

    def size(self) -> int:
        """In bytes."""

    def read(self, start: int, count: int) -> bytes:
        """Some of it."""


class Leaping(io.RawIOBase):
    """A file whose requests grow while reading goes on, and are small again after a leap. It holds one of them.

    Args:
        file: What is read.
    """

    def __init__(self, file: Parts) -> None:
        self._file, self._size = file, file.size()
        self._position = self._start = 0
        self._held = b""
        self._window = SMALL

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where reading goes on."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Nothing is asked for."""
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        return self._position

    def read(self, count: int | None = -1) -> bytes:
        """Less only at the end. Raises `OSError`."""
        left = max(self._size - self._position, 0)
        count = left if count is None or count < 0 else min(count, left)
        end = self._start + len(self._held)
        if not self._start <= self._position <= self._position + count <= end:
            going_on = bool(self._held) and self._start <= self._position <= end + LEAP
            self._window = min(2 * self._window, LARGE) if going_on else SMALL
            self._held = self._file.read(self._position, min(max(count, self._window), left)) if left else b""
            self._start = self._position
        found = self._held[self._position - self._start :][:count]
        self._position += count
        return found

    def readall(self) -> bytes:
        """What is left."""
        return self.read()
