"""Files that arrays are mapped from: which those are, and whether somebody has written to them since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.errors import Cancelled, RunError

#: What an error says of such a file, after its name.
CHANGED = "vectors have changed since the selection began: select again"


def mapped_from(array: npt.NDArray[Any]) -> tuple[str, np.memmap[Any, Any]] | None:
    """The path of the file that the array is mapped from, and the whole of what is; None if that has no name."""
    root: Any = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    return (os.fspath(root.filename), root) if isinstance(root, np.memmap) and root.filename else None


class MappedFiles:
    """The files that vectors are mapped from, as they are now.

    Args:
        columns: The vectors, by the place in the config that asks for them.
    """

    def __init__(self, columns: Iterable[tuple[str, Column]]) -> None:
        self._places: dict[str, str] = {}
        for place, column in columns:
            for array in (column.values, column.query):
                if array is not None and (found := mapped_from(array)):
                    self._places.setdefault(found[0], place)
        self._were = self._stamps()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Raise `RunError` if one has been written to by the end; what else is raised is taken to come of that."""
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            self._check(error)
            raise
        self._check(None)

    def _check(self, cause: Exception | None) -> None:
        for path, stamp in self._stamps().items():
            was = self._were.get(path)
            # A file that another was put in the place of is still there, as it was, for whoever has mapped it.
            if was and was[:2] == stamp[:2] and was != stamp:
                raise RunError(f"{self._places[path]}: {path}: {CHANGED}") from cause

    def _stamps(self) -> Mapping[str, tuple[int, ...]]:
        """By path, for those that have a name still: which file it is, its size and time of change."""
        stamps = {}
        for path in self._places:
            try:
                found = Path(path).stat()
            except OSError:
                continue
            stamps[path] = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        return stamps
