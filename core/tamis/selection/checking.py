"""A plugin's objective, every answer of which is checked: an error in it names the plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MethodType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.names import names
from tamis.declarations.objective import Chooser, Floats, Gains, Level, Objective, Rows
from tamis.declarations.params import Report
from tamis.selection.answers import levels_of, number_of, numbers_of, pair_of, record_column

T = TypeVar("T", bound=np.generic)

#: Turns what is raised inside it into an error that names the plugin.
Blame = AbstractContextManager[Any]


def checked(inner: Objective, rows: int, blame: Blame) -> Objective:
    """The objective of so many rows, of which every answer is checked."""
    with blame:
        if not isinstance(inner, Objective):
            raise TypeError(f"objective returned {inner!r}, not an Objective")
        inner.notes = names(inner.notes)
        for name in ("refusal", "quantity"):
            if not isinstance(getattr(inner, name), str):
                raise TypeError(f"{name} is {getattr(inner, name)!r}, not a string")
    if isinstance(inner, Chooser):
        return CheckedChooser(inner, rows, blame)
    return CheckedGains(inner, rows, blame) if isinstance(inner, Gains) else Checked(inner, rows, blame)


#: By what share a gain may seem to grow by rounding.
GROWTH = 1e-6
#: What is asked for at every pick; where a plugin leaves it at its default, there is nothing to check.
OPTIONAL = ("value", "nearest", "effect", "allowed", "finished")


class Checked(Objective):
    """Another objective, of which every answer is checked.

    Attributes:
        inner: The other objective.
        has_refused: Whether it has not allowed some row.
    """

    inner: Objective
    has_refused: bool = False

    def __init__(self, inner: Objective, rows: int, blame: Blame) -> None:
        self.inner, self._rows, self._blame = inner, rows, blame
        self.notes, self.final = inner.notes, inner.final
        self.refusal, self.quantity = inner.refusal, inner.quantity
        for name in OPTIONAL:
            if getattr(type(inner), name) is (default := getattr(Objective, name)):
                setattr(self, name, MethodType(default, self))

    def values(self, rows: Rows) -> Floats:
        """Finite and not negative, one for each row."""
        return self._numbers(self.inner.values, rows)

    def add(self, row: int) -> None:
        """Pass it on."""
        with self._blame:
            self.inner.add(row)

    def value(self) -> float | None:
        """A number, or None."""
        with self._blame:
            value = self.inner.value()
            return None if value is None else number_of("value", value)

    def record(self) -> dict[str, Column]:
        """A SCALAR or a CATEGORY for each row, by name."""
        with self._blame:
            found = self.inner.record()
            if not isinstance(found, Mapping):
                raise TypeError(f"record returned {found!r:.80}, not a mapping")
            return {name: record_column(name, values, self._rows) for name, values in found.items()}

    def effect(self, row: int) -> Sequence[Level]:
        """Levels, with what they were before."""
        with self._blame:
            return levels_of("effect", self.inner.effect(row), with_before=True)

    def levels(self) -> Sequence[Level]:
        """Levels."""
        with self._blame:
            return levels_of("levels", self.inner.levels())

    def summary(self) -> str | None:
        """A line, or None."""
        return self._reason(self.inner.summary)

    def nearest(self, rows: Rows) -> tuple[Rows, Floats] | None:
        """A row and a number for each, or None."""
        with self._blame:
            if (found := self.inner.nearest(_read_only(rows))) is None:
                return None
            near, distances = map(np.asarray, pair_of("nearest", found))
            if near.dtype.kind not in "iu" or distances.dtype.kind not in "iuf":
                raise TypeError(f"nearest returned {near.dtype} and {distances.dtype}, not rows and distances")
            if near.shape != rows.shape or distances.shape != rows.shape:
                raise ValueError(f"nearest returned shapes {near.shape} and {distances.shape} for {len(rows)} rows")
            there = (near >= 0) & (near < self._rows)
            if not (there | (near == -1)).all() or not np.isfinite(distances[there]).all():
                raise ValueError("nearest returned a row that there isn't, or a distance that is not finite")
            return near.astype(np.intp, copy=False), distances.astype(np.float64, copy=False)

    def allowed(self, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """A boolean for each row, or None."""
        with self._blame:
            allowed = self.inner.allowed(_read_only(rows))
            if allowed is not None and (np.shape(allowed) != rows.shape or np.asarray(allowed).dtype != bool):
                raise TypeError(f"allowed returned {allowed!r} for {len(rows)} rows, not a boolean for each")
            if allowed is None:
                return None
            self.has_refused = self.has_refused or not np.all(allowed)
            return np.asarray(allowed)

    def finished(self) -> str | None:
        """A reason, or None."""
        return self._reason(self.inner.finished)

    def outlook(self, limit: int) -> str | None:
        """A reason, or None."""
        return self._reason(self.inner.outlook, limit)

    def shortfall(self) -> str | None:
        """A reason, or None."""
        return self._reason(self.inner.shortfall)

    def reached(self, rows: Rows, picks: Rows) -> dict[str, float]:
        """Numbers by name."""
        with self._blame:
            found = self.inner.reached(_read_only(rows), _read_only(picks))
            if not isinstance(found, Mapping):
                raise TypeError(f"reached returned {found!r:.80}, not a mapping")
            return {name: number_of(f"reached: {name}", number) for name, number in found.items()}

    def part(self, rows: Rows) -> Objective | None:
        """Another objective, of which no answer is checked yet, or None."""
        with self._blame:
            part = self.inner.part(_read_only(rows))
            if part is not None and not isinstance(part, Objective):
                raise TypeError(f"part returned {part!r:.80}, not an Objective")
            return part

    def groups(self) -> npt.NDArray[np.intp] | None:
        """Numbers from 0, or None."""
        with self._blame:
            if (groups := self.inner.groups()) is None:
                return None
            groups = np.asarray(groups)
            if groups.dtype.kind not in "iu" or groups.shape != (self._rows,):
                raise TypeError(f"groups returned {groups.dtype} of shape {groups.shape} for {self._rows} rows")
            if self._rows and not 0 <= groups.min() <= groups.max() < 1 << 31:
                raise ValueError(f"groups returned {groups.min()} to {groups.max()}, not numbers from 0")
            return groups.astype(np.intp, copy=False)

    def shortlist(self, rows: Rows, largest: bool) -> Rows | None:
        """Some of the rows, or None."""
        with self._blame:
            if (short := self.inner.shortlist(_read_only(rows), largest)) is None:
                return None
            short = np.asarray(short)
            if short.dtype.kind not in "iu" or short.ndim != 1:
                raise TypeError(f"shortlist returned {short.dtype} of shape {short.shape}, not rows")
            known = rows[np.searchsorted(rows, short).clip(max=len(rows) - 1)] if len(rows) else rows
            if (len(rows) and not len(short)) or not np.array_equal(known, short):
                raise ValueError("shortlist returned no row, or one that was not asked about")
            return short

    def mark(self, rows: Rows) -> tuple[Floats, Floats]:
        """Finite and not negative, two for each row."""
        with self._blame:
            low, high = pair_of("mark", self.inner.mark(_read_only(rows)))
            return numbers_of("mark", low, rows), numbers_of("mark", high, rows)

    def drift(self) -> tuple[float, float] | None:
        """Two numbers, or None."""
        with self._blame:
            if (drift := self.inner.drift()) is None:
                return None
            low, high = map(float, pair_of("drift", drift))
            if not 0 <= low <= high:
                raise ValueError(f"drift returned {drift!r}")
            return low, high

    def _reason(self, ask: Callable[..., str | None], *args: Any) -> str | None:
        with self._blame:
            reason = ask(*args)
            if reason is not None and not isinstance(reason, str):
                raise TypeError(f"{ask.__name__} returned {reason!r}, not a string or None")
            return reason

    def _numbers(self, ask: Callable[..., Floats], rows: Rows, *args: Any) -> Floats:
        with self._blame:
            return numbers_of(ask.__name__, ask(_read_only(rows), *args), rows)


class CheckedGains(Checked, Gains):
    """Another objective that is made of gains, of which every answer is checked."""

    inner: Gains

    def __init__(self, inner: Gains, rows: int, blame: Blame) -> None:
        super().__init__(inner, rows, blame)
        self.constant = inner.constant
        #: The least that each row's gain has been seen to be; None before any has been.
        self._seen: Floats | None = None

    @property
    def error(self) -> float:  # type: ignore[override]
        """As the plugin has it at the moment."""
        with self._blame:
            return number_of("error", self.inner.error)

    def base(self) -> float:
        """A number."""
        with self._blame:
            return number_of("base", self.inner.base())

    def gains(self, rows: Rows) -> Floats:
        """Finite and not negative, one for each row; never more than they were."""
        return self._shrinking(self._numbers(self.inner.gains, rows), rows, self.error)

    def at_most(self, rows: Rows, floors: Floats) -> Floats:
        """Finite and not negative, one for each row."""
        return self._numbers(self.inner.at_most, rows, floors)

    def exact(self, rows: Rows) -> Floats:
        """Finite and not negative, one for each row; never more than they were."""
        return self._shrinking(self._numbers(self.inner.exact, rows), rows, 0.0)

    def after(self, rows: Rows, gains: Floats, added: Rows) -> Floats | None:
        """Finite and not negative, one for each row, and never more than before; or None."""
        with self._blame:
            if (found := self.inner.after(_read_only(rows), _read_only(gains), _read_only(added))) is None:
                return None
            found = numbers_of("after", found, rows)
            if (found > gains).any():
                raise ValueError("after returned a gain that has grown, which those of Gains never do")
            return found

    def _shrinking(self, gains: Floats, rows: Rows, error: float) -> Floats:
        if self._seen is None:
            self._seen = np.full(self._rows, np.inf)
            self._seen[rows] = gains + error
            return gains
        with self._blame:
            seen = self._seen[rows]
            if (gains - error > seen * (1 + GROWTH)).any():
                raise ValueError("the gain of a row has grown, which those of Gains never do")
            if self.constant and (np.isfinite(seen) & (gains < seen * (1 - GROWTH))).any():
                raise ValueError("the gain of a row has changed, and constant says that none does")
        self._seen[rows] = np.minimum(seen, gains + error)
        return gains


class CheckedChooser(Checked, Chooser):
    """Another objective that chooses the whole selection, of which every answer is checked."""

    inner: Chooser

    def choose(self, rows: Rows, count: int, utility: Floats, report: Report) -> Rows:
        """Some of the rows, each once."""
        with self._blame:
            chosen = np.asarray(self.inner.choose(_read_only(rows), count, _read_only(utility), report))
            if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
                raise TypeError(f"choose returned {chosen.dtype} of shape {chosen.shape}, not rows")
            if len(chosen) > count or len(np.unique(chosen)) < len(chosen) or not np.isin(chosen, rows).all():
                raise ValueError(f"choose returned more than {count} rows, one twice, or one that is no candidate")
            return chosen.astype(np.intp)


def _read_only(rows: npt.NDArray[T]) -> npt.NDArray[T]:
    view: npt.NDArray[T] = rows.view()
    view.flags.writeable = False
    return view
