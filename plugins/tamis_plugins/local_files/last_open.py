"""The file that was used last, which stays open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LastOpen(Generic[T]):
    """What each thread has opened last: it is used again as long as the file is the same, by size and time.

    Args:
        open_: Opens a file by its path.
    """

    def __init__(self, open_: Callable[[str], T]) -> None:
        self._open, self._here = open_, threading.local()

    def of(self, path: str) -> T:
        """That of a file. Raises `OSError` if there is none, and what opening it raises."""
        status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
        file = (path, status.st_size, status.st_mtime_ns)
        if getattr(self._here, "file", None) != file:
            self._here.file = self._here.opened = None  # the one before is closed first
            self._here.opened = self._open(path)
            self._here.file = file
        opened: T = self._here.opened
        return opened
