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
#: Bytes compared at a time.
AT_A_TIME = 1 << 22


def mapped_from(array: npt.NDArray[Any]) -> tuple[str, np.memmap[Any, Any]] | None:
    """The path of the file that the array is mapped from, and the whole of what is; None if that has no name."""
    root: Any = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    return (os.fspath(root.filename), root) if isinstance(root, np.memmap) and root.filename else None


class NamedFiles:
    """Which files that arrays are mapped from can be mapped by their names, since they have what is mapped.

    Another may have been put in the place of one, or its map may have changes of its own. Each is compared once.
    """

    def __init__(self) -> None:
        self._have: dict[int, tuple[np.memmap[Any, Any], bool]] = {}

    def have(self, root: np.memmap[Any, Any]) -> bool:
        """Whether another process that maps the file has the same numbers; ``root`` is the whole of what is mapped."""
        if id(root) not in self._have:
            self._have[id(root)] = root, _is_in_its_file(root)  # which is kept, so that its number is its own
        return self._have[id(root)][1]


def _is_in_its_file(root: np.memmap[Any, Any]) -> bool:
    try:
        file = np.memmap(os.fspath(root.filename or ""), mode="r", offset=root.offset, shape=(root.nbytes,))
    except (OSError, ValueError):  # it has no name any more, or is shorter
        return False
    mapped = root.ravel("K").view(np.uint8)
    parts = (slice(start, start + AT_A_TIME) for start in range(0, root.nbytes, AT_A_TIME))
    return all(np.array_equal(file[part], mapped[part]) for part in parts)


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
