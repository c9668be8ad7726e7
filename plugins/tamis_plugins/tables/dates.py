"""Dates and times, as ISO 8601 has them: texts that are such, and parts of them."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_ZONE = re.compile(r"(.{10}[^+-]*)(?:([+-])(\d\d:?\d\d))?")


def dates_of(texts: list[str]) -> npt.NDArray[np.datetime64] | None:
    """Moments in UTC, NaT for an empty text; None if a text is no date."""
    first = next((text for text in texts if text), "")
    if not _DATE.fullmatch(first):
        return None
    moments = {text: _moment(text) for text in set(texts)}
    if any(moment is None for moment in moments.values()):
        return None
    position = {text: number for number, text in enumerate(moments)}
    codes = np.fromiter(map(position.__getitem__, texts), np.int64, len(texts))
    return np.array(list(moments.values()), dtype="datetime64[us]")[codes]


def _moment(text: str) -> np.datetime64 | None:
    """In UTC; None if it is no date."""
    if not text:
        return np.datetime64("NaT", "us")
    if not _DATE.fullmatch(text):
        return None
    local, sign, offset = _ZONE.fullmatch(text.removesuffix("Z")).groups()  # type: ignore[union-attr]  # it always does
    try:
        moment = np.datetime64(local, "us")
    except ValueError:  # such as the 30th of February
        return None
    ahead = np.timedelta64(int(offset[:2]) * 60 + int(offset[-2:]), "m") if offset else np.timedelta64(0, "m")
    return moment + ahead if sign == "-" else moment - ahead


def part_of_date(key: str, dates: Column, part: str) -> Column:
    """The ``month`` (01 to 12) or the ``hour`` (00 to 23) of moments that are seconds since 1970, in UTC."""
    moments = np.where(dates.valid, dates.values, 0).astype("datetime64[s]")
    if part == "month":
        numbers = moments.astype("datetime64[M]").astype(np.int64) % 12 + 1
    else:
        numbers = moments.astype("datetime64[h]").astype(np.int64) % 24
    there = np.unique(numbers[dates.valid])
    codes = np.searchsorted(there, numbers)
    return Column(key, Kind.CATEGORY, codes, labels=tuple(f"{number:02}" for number in there), valid=dates.valid)
