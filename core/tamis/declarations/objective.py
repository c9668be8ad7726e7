"""What a strategy makes large while samples are picked."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


class Objective(ABC):
    """The objective of one strategy: a number for the whole selection, and what it would become.

    One is made for each run, and holds its state. A subclass gives `values` and `add`; the rest has defaults.
    Rows are row numbers of the column that it was made from.

    Each pick then asks for the values of every candidate. Where there are many, a subclass can say what it knows of
    its values, so that few of them have to be looked at: by `groups`, by `mark` and `drift`, or by being a `Gains`.

    Attributes:
        notes: What the user should know about how the input was taken, such as a shift that it needed.
        final: Whether a row that isn't `allowed` will never be again.
        refusal: Why rows are not `allowed`, for the record.
    """

    notes: tuple[str, ...] = ()
    final: bool = False
    refusal: str = ""

    @abstractmethod
    def values(self, rows: Rows) -> Floats:
        """The objective of the selection if this row were added, for each of the rows; not negative.

        It is of the whole selection, so it accumulates: it isn't the row's own score. Must not depend on which rows
        are asked for together; of rows that have been added already it may be anything.
        """

    @abstractmethod
    def add(self, row: int) -> None:
        """Take this row into the selection."""

    def value(self) -> float | None:
        """The objective of the selection as it is, for the record; None if there is no saying."""
        return None

    def nearest(self, rows: Rows) -> tuple[Rows, Floats] | None:
        """For each of the rows, a row of the selection close to it, -1 if there is none, and how far it is.

        The closest, for a row that `exact` has just been asked for; for others, as far as is known without looking.
        None if that means nothing. For the record.
        """
        return None

    def allowed(self, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Which of the rows may be picked now; None if all."""
        return None

    def finished(self) -> str | None:
        """Why the selection must end before another pick; None if it need not."""
        return None

    def outlook(self, limit: int) -> str | None:
        """What can't be reached with so many picks, whichever they are; None if nothing. Asked before the first."""
        return None

    def shortfall(self) -> str | None:
        """What the finished selection has missed, such as a sum that it should have reached; None if nothing."""
        return None

    def groups(self) -> npt.NDArray[np.intp] | None:
        """``(n,)`` numbers from 0: rows with the same number have the same value, whatever is picked.

        None if few do. One row of each group is then asked for in place of all.
        """
        return None

    def mark(self, rows: Rows) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the values of these rows, remembered for `drift`.

        By default the values themselves. Where bounds cost much less and are close, the values of few rows are asked
        for after that.
        """
        values = self.values(rows)
        return values, values

    def drift(self) -> tuple[float, float] | None:
        """Bounds, over all rows of the last `mark`, of the quotient of a row's value now and what it was then.

        None if there is no saying. Bounds need not be attained; the closer, the fewer rows are looked at.
        """
        return None


class Gains(Objective):
    """An objective of which each row adds a gain to what all rows have in common, ``base() + gains(rows)``.

    Gains never grow as rows are picked: the more there is, the less a row adds, as with the distance to the nearest
    picked row. A gain that is out of date is then an upper bound, and only rows whose bound could win are asked for.

    Attributes:
        constant: Whether gains never change at all, as with a sum of weights.
        error: How far what `gains` returns may be off, at the most; `exact` then settles which of several is the best.
    """

    constant: bool = False
    error: float = 0.0

    @abstractmethod
    def base(self) -> float:
        """What all rows have in common; not negative."""

    @abstractmethod
    def gains(self, rows: Rows) -> Floats:
        """What each of the rows would add; not negative."""

    def at_most(self, rows: Rows, floors: Floats) -> Floats:
        """As `gains`, but a gain that is below its row's floor needs no more looking: any bound that is will do."""
        return self.gains(rows)

    def exact(self, rows: Rows) -> Floats:
        """As `gains`, to full precision. Asked for few rows."""
        return self.gains(rows)

    def values(self, rows: Rows) -> Floats:
        """The sum of both."""
        return self.base() + self.exact(rows)

    def value(self) -> float | None:
        """What there is without any further row."""
        return self.base()
