"""What an objective may answer: each answer is returned as it must be, or `TypeError` or `ValueError` raised."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.declarations.objective import Floats, Level, Rows


def record_column(name: str, values: npt.ArrayLike | Column, rows: int) -> Column:
    """One part of an objective's record, as a column."""
    if not name or not str(name).isprintable():
        raise ValueError(f"record has {name!r}, which is no name")
    if not isinstance(values, Column):
        values = Column(f"record of {name}", Kind.SCALAR, np.asarray(values))
    if values.kind not in (Kind.SCALAR, Kind.CATEGORY) or len(values) != rows:
        raise ValueError(f"record has {len(values)} rows of {values.kind.name} for '{name}', and there are {rows} rows")
    return values


def levels_of(what: str, levels: Sequence[Any], *, with_before: bool = False) -> tuple[Level, ...]:
    """Levels, of finite numbers; with what they were before, if that is asked for."""
    if not isinstance(levels, Iterable):
        raise TypeError(f"{what} returned {levels!r:.80}, not levels")
    levels = tuple(levels)
    for level in levels:
        if not isinstance(level, Level) or (with_before and level.before is None):
            raise TypeError(f"{what} returned {level!r:.80}, not a Level{' with before' * with_before}")
        if not all(number is None or math.isfinite(number) for number in (level.value, level.target, level.before)):
            raise ValueError(f"{what} returned a number that is not finite: {level!r:.80}")
    return levels


def number_of(what: str, number: float) -> float:
    """A number, finite and not negative."""
    try:
        number = float(number)
    except (TypeError, ValueError):
        raise TypeError(f"{what} returned {number!r:.80}, not a number") from None
    if not 0 <= number < math.inf:
        raise ValueError(f"{what} returned {number}, which is negative or not finite")
    return number


def pair_of(what: str, pair: Any) -> tuple[Any, Any]:
    """Two of something."""
    if not isinstance(pair, (Sequence, np.ndarray)) or isinstance(pair, str) or len(pair) != 2:
        raise TypeError(f"{what} returned {pair!r:.80}, not a pair")
    return pair[0], pair[1]


def numbers_of(what: str, numbers: Floats, rows: Rows) -> Floats:
    """One for each row, finite and not negative."""
    values = np.asarray(numbers)
    if values.dtype.kind not in "biuf":
        raise TypeError(f"{what} returned {values.dtype}, not numbers")
    values = values.astype(np.float64, copy=False)
    if values.shape != rows.shape:
        raise ValueError(f"{what} returned shape {values.shape} for {len(rows)} rows")
    if len(values) and not (values.min() >= 0 and values.max() < math.inf):
        raise ValueError(f"{what} returned a number that is negative or not finite")
    return values
