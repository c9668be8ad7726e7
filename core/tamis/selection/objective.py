"""What a strategy makes large while samples are picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]


class Objective:
    """The objective of one strategy: a number for the whole selection, and what it would become.

    One is made for each run, and holds its state. A subclass gives `values` and `add`; the rest has defaults.
    Rows are row numbers of the column that it was made from.
    """

    #: What the user should know about how the input was taken, such as a shift that it needed.
    notes: tuple[str, ...] = ()

    def values(self, rows: Rows) -> npt.NDArray[np.float64]:
        """The objective of the selection if this row were added, for each of the rows; not negative.

        It is of the whole selection, so it accumulates: it isn't the row's own score.
        """
        raise NotImplementedError

    def add(self, row: int) -> None:
        """Take this row into the selection."""
        raise NotImplementedError

    def allowed(self, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Which of the rows may be picked now; None if all."""
        return None

    def finished(self) -> str | None:
        """Why the selection must end before another pick; None if it need not."""
        return None

    def shortfall(self) -> str | None:
        """What the finished selection has missed, such as a sum that it should have reached; None if nothing."""
        return None


def positive_log(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Natural logarithm in float64; minus infinity for 0 and whatever isn't a positive number."""
    out = np.full(np.shape(values), -np.inf)
    np.log(values, out=out, where=np.asarray(values) > 0)
    return out
