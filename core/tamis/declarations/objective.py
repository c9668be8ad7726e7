"""What a strategy makes large while samples are picked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.declarations.params import Report

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@attrs.frozen
class Level:
    """One number of the selection that a strategy watches, such as the share of a class.

    Attributes:
        quantity: What is counted, such as ``share``.
        of: Of what: a class of the input, as its labels have it.
        value: How much the selection has.
        target: How much it should have; None if there is no target.
        before: In `Objective.effect`, how much it has without the row.
    """

    quantity: str
    of: str
    value: float
    target: float | None = attrs.field(default=None, kw_only=True)
    before: float | None = attrs.field(default=None, kw_only=True)


class Objective(ABC):
    """The objective of one strategy: a number for the whole selection, and what each row would make of it.

    One is made for each run, and holds its state. A subclass gives `values` and `add`; the rest has defaults.
    Rows are row numbers of the column that it was made from.

    Each pick then asks for the values of every candidate. Where there are many, a subclass can say what it knows of
    its values, so that few of them have to be looked at: by `groups`, `shortlist`, `mark` and `drift`, or by being a
    `Gains`.

    What it tells for the record is shown in tables, in ``selection.json`` and by `tamis explain`: `quantity`,
    `record`, `nearest`, `effect`, `levels` and `summary`.

    Attributes:
        notes: What the user should know about how the input was taken, such as a shift that it needed.
        final: Whether a row that isn't `allowed` will never be again.
        refusal: Which condition a row that isn't `allowed` fails to meet, such as ``closer than 0.1 to a selected
            sample``. Empty if there is no such condition.
        quantity: What its value is, such as ``sum of typicality``. Empty if no short name says it.
    """

    notes: tuple[str, ...] = ()
    final: bool = False
    refusal: str = ""
    quantity: str = ""

    @abstractmethod
    def values(self, rows: Rows) -> Floats:
        """The objective of the selection if this row were added, for each of the rows; not negative.

        It is of the whole selection, so it accumulates: it isn't the row's own score. It must not depend on which rows
        are asked for together. For rows that have been added already, it may be anything.
        """

    @abstractmethod
    def add(self, row: int) -> None:
        """Take this row into the selection."""

    def value(self) -> float | None:
        """The objective of the selection as it is, for the record; None if it isn't known."""
        return None

    def record(self) -> Mapping[str, npt.ArrayLike | Column]:
        """What it has computed of each row, for the record: by name, such as ``typicality``.

        Each is ``(n,)`` numbers, NaN where a row has none, or a SCALAR or CATEGORY column. It doesn't depend on what is
        picked. Tables have it as ``<name of the input's column>.<name>``.
        """
        return {}

    def nearest(self, rows: Rows) -> tuple[Rows, Floats] | None:
        """For each of the rows, a selected row close to it and the distance; row -1 if there is none.

        It is the nearest for rows that `exact` has just been asked for. For others it is the nearest that is known
        without further work. None if distances mean nothing to this strategy. For the record.
        """
        return None

    def effect(self, row: int) -> Sequence[Level]:
        """The levels that this row changes, before and with it, for the record. Asked before the row is added."""
        return ()

    def levels(self) -> Sequence[Level]:
        """All levels of the selection as it is, for the record."""
        return ()

    def summary(self) -> str | None:
        """In a few words, what the selection has reached of what the strategy wants; None if it can't be said.

        Such as ``bus 0.15 of 0.30, car 0.25 of 0.20``. Asked after the last pick.
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

    def reached(self, rows: Rows, picks: Rows) -> Mapping[str, float]:
        """Numbers of the whole selection that take a pass over all rows, by name, such as ``radius``; for the record.

        Asked after the last pick of a selection that is approximate; ``recall`` is the share of neighbours that were
        found, where not all had to be. None of them depends on how the rows were picked.

        Args:
            rows: All rows.
            picks: Those that were picked, without what was selected from the start.
        """
        return {}

    def part(self, rows: Rows) -> Objective | None:
        """The objective of some rows by themselves, numbered from 0 in this order, for a selection that is approximate.

        With the same rows added, its values are those that this one has of these rows: a target that comes of all rows
        stays that. Asked before any row is added, and pickled where another process works on it. None if the strategy
        can't be worked on in parts; `tamis.select` then refuses to.
        """
        return None

    def groups(self) -> npt.NDArray[np.intp] | None:
        """``(n,)`` numbers from 0: rows with the same number have the same value, whatever is picked.

        None if few rows have the same value. One row of each group is then asked for in place of all.
        """
        return None

    def shortlist(self, rows: Rows, largest: bool) -> Rows | None:
        """Those of the rows that could have the largest of their values; with ``largest`` false, the smallest.

        None if that isn't known without all values. Asked at every pick where this is the only strategy and has no
        `allowed`, for all candidates that are left: only the values of these are asked for then.
        """
        return None

    def mark(self, rows: Rows) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the values of these rows, remembered for `drift`.

        By default the values themselves. Where bounds cost much less and are close, the values of few rows are asked
        for after that. Beside other strategies, bounds of all candidates are asked for at every pick where `drift` is
        not known, or where a `Gains` has a negative strength.
        """
        values = self.values(rows)
        return values, values

    def drift(self) -> tuple[float, float] | None:
        """Bounds of a row's value now, divided by its value at the last `mark`, over all rows of that.

        None if they aren't known. Bounds need not be attained; the closer they are, the fewer rows are looked at.
        """
        return None


class Gains(Objective):
    """An objective of which each row adds a gain to what all rows have in common, ``base() + gains(rows)``.

    Gains never grow as rows are picked: the more there is, the less a row adds, as with the distance to the nearest
    picked row. A gain that is out of date is then an upper bound, and only rows whose bound could win are asked for.

    Attributes:
        constant: Whether gains never change at all, as with a sum of weights.
        error: The largest error of what `gains` returns. `exact` settles which of several rows is the best.
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
        """Upper bounds of `gains`. Where a gain is below its row's floor, any bound below the floor will do."""
        return self.gains(rows)

    def exact(self, rows: Rows) -> Floats:
        """As `gains`, to full precision. Asked for few rows."""
        return self.gains(rows)

    def after(self, rows: Rows, gains: Floats, added: Rows) -> Floats | None:
        """Exact gains of these rows once others have been added, from their exact gains before, whatever else is added.

        It neither depends on what this objective has been given by `add` nor changes it: so the rows of a selection in
        shards are kept up to date by any process that has a copy. None if it can't be told so, whichever rows are asked
        for; a strategy whose gains change can't be worked on in shards then, but for an approximate selection.

        Args:
            rows: ``(k,)`` rows.
            gains: ``(k,)`` their gains, be they those of `gains` before any row is added.
            added: The rows added since, in order.
        """
        return None

    def values(self, rows: Rows) -> Floats:
        """The sum of both."""
        return self.base() + self.exact(rows)

    def value(self) -> float | None:
        """The objective without any further row."""
        return self.base()


class Chooser(Objective):
    """An objective that chooses all samples of a selection together, where picking one by one would miss the best.

    Its strategy says so by ``chooses``. The other strategies of the config then have no product with it: those that are
    ``additive`` give each row a number, and it is for this one to weigh them. Rows are added, and their `values`
    recorded, in the order in which it names them.
    """

    @abstractmethod
    def choose(self, rows: Rows, count: int, utility: Floats, report: Report) -> Rows:
        """The rows to select, in their order. Asked once, after the rows that are selected from the start are added.

        Args:
            rows: ``(k,)`` candidates, ascending.
            count: How many at the most; no more than there are candidates.
            utility: ``(k,)`` finite numbers: of each candidate the sum over the other strategies of its gain, times the
                strategy's ``strength``; 0 if there are no others. Negative where a strength is.
            report: To be called often, as ``report(done, total)``; it raises if the host wants to stop.
        """
