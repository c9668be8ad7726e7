"""Some rows of an array, found where they are: a copy of vectors may take as much memory as all of them."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from tamis import Column

Ints = npt.NDArray[np.intp]


class Subset:
    """What looks like an array of these rows to whoever takes some of them, by an index or a slice.

    Args:
        values: ``(n, ...)`` the array.
        rows: ``(k,)`` which of it.
    """

    def __init__(self, values: npt.NDArray[Any], rows: Ints) -> None:
        self._values, self._rows = values, rows
        self.dtype, self.shape = values.dtype, (len(rows), *values.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, which: Any) -> npt.NDArray[Any]:
        """A copy of some."""
        found: npt.NDArray[Any] = self._values[self._rows[which]]
        return found

    def take(self, which: Ints, axis: int = 0) -> npt.NDArray[Any]:
        """As of an array, along its first axis."""
        return self[which]

    def astype(self, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """A copy of all."""
        return self[:].astype(dtype)


def points_of(column: Column, rows: Ints | None = None) -> tuple[npt.NDArray[Any], Ints | None]:
    """The points of some samples, and where those of each begin and end, if a sample has any number.

    Args:
        column: Of vectors.
        rows: Which samples, ascending; by default all.
    """
    if rows is None or len(rows) == len(column):
        return column.values, column.offsets
    places, offsets = column.places(rows)
    if len(places) and places[-1] - places[0] == len(places) - 1:
        return column.values[places[0] : places[-1] + 1], offsets
    return cast("npt.NDArray[Any]", Subset(column.values, places)), offsets
