"""An array that grows at its end."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class Growing:
    """Rows in one piece of memory, with room for more, so that adding some doesn't copy the others."""

    def __init__(self, rows: npt.NDArray[Any]) -> None:
        self._room, self._count = rows, len(rows)

    def append(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """All rows, with these at the end: a view, which is right until the next call."""
        total = self._count + len(rows)
        if total > len(self._room):
            room = np.empty((total + total // 4 + 1, *self._room.shape[1:]), dtype=self._room.dtype)
            room[: self._count] = self._room[: self._count]
            self._room = room
        self._room[self._count : total] = rows
        self._count = total
        return self._room[:total]
