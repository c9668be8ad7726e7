"""The least numbers of each row of a matrix, and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Numbers = npt.NDArray[Any]


def least(numbers: Numbers, count: int) -> tuple[Numbers, Ints]:
    """``(k, count)`` the least of each row, in no order, or all if there are fewer."""
    which = np.argpartition(numbers, min(count, numbers.shape[1]) - 1, axis=1)[:, :count]
    return np.take_along_axis(numbers, which, axis=1), which


def below(numbers: Numbers, limits: Numbers) -> tuple[Numbers, Ints]:
    """``(k, m)`` of each row, those below its limit, of ``(k,)``; infinity where there are no more."""
    row, column = np.divmod(np.flatnonzero(numbers < limits[:, None]), numbers.shape[1])  # far faster than in two axes
    counts = np.bincount(row, minlength=len(numbers))
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(numbers), int(counts.max(initial=0)))
    found, where = np.full(shape, np.inf, dtype=numbers.dtype), np.zeros(shape, dtype=np.intp)
    found[row, place], where[row, place] = numbers[row, column], column
    return found, where


def one_by_one(numbers: Numbers, count: int, more: int, margin: float) -> tuple[Numbers, Ints]:
    """``(k, count + more)`` the least of each row, ascending: few, each found by a pass of its own.

    The last ones are infinity in a row where no other number is within a margin of those before. The numbers are
    overwritten.
    """
    found = np.full((len(numbers), count + more), np.inf, dtype=numbers.dtype)
    where = np.zeros(found.shape, dtype=np.intp)
    _take(numbers, found[:, :count], where[:, :count])
    if more and len(near := np.flatnonzero(numbers <= (found[:, count - 1] + margin)[:, None])):
        rows = np.unique(near // numbers.shape[1])
        some, places = found[rows, count:], where[rows, count:]
        _take(numbers[rows], some, places)
        found[rows, count:], where[rows, count:] = some, places
    return found, where


def _take(numbers: Numbers, found: Numbers, where: Ints) -> None:
    """Fill each row with its least numbers and their places, and leave infinity there."""
    flat, firsts = numbers.reshape(-1), np.arange(0, numbers.size, numbers.shape[1])
    for each in range(found.shape[1]):
        where[:, each] = numbers.argmin(axis=1)
        places = firsts + where[:, each]
        found[:, each] = flat[places]
        flat[places] = np.inf
