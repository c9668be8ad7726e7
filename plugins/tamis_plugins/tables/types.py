"""What a column of a table holds, and its values as an array: inferred, or as one has said."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Literal, get_args

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Kind
from tamis.errors import MetadataError
from tamis_plugins.tables.dates import dates_of

#: What a column can be said to be.
Type = Literal["number", "category", "date", "boolean"]
TYPES: tuple[Type, ...] = get_args(Type)

#: Texts that stand for no number.
_NO_NUMBER = frozenset(("", "na", "n/a", "nan", "null", "none"))
#: What is no number, though Python would take it for one: ``2024_01``, ``0815``.
_CODE = re.compile(r"_|^[+-]?0\d", re.MULTILINE)
_NOT_WHOLE = re.compile(r"[^0-9+\-\n]")
_BOOLEANS = frozenset(("true", "false"))


@attrs.frozen(eq=False)
class Typed:
    """A column.

    Attributes:
        type: What it holds.
        values: As `tamis.column_of` takes them.
        why: Why it was not taken for numbers, where that was inferred.
    """

    type: Type
    values: Any
    why: str = ""

    @property
    def kind(self) -> Kind:
        """SCALAR for numbers and dates."""
        return kind_of(self.type)


def kind_of(type_: Type) -> Kind:
    """What a config can use it as."""
    return Kind.SCALAR if type_ in ("number", "date") else Kind.CATEGORY


def from_texts(texts: list[str], wanted: Type | None, place: Callable[[int], str]) -> Typed:
    """A column of a text file. An empty text is no value.

    Args:
        texts: A text for each row.
        wanted: What it is said to be; None to infer it.
        place: Where a row is, for messages, such as ``a.csv, line 3, column 'x'``.

    Raises:
        MetadataError: a value is none of what is wanted.
    """
    if not any(texts):
        return _empty(len(texts), wanted)
    if wanted is None:
        for type_ in ("number", "boolean", "date"):
            if (values := _PARSERS[type_](texts)) is not None:
                return Typed(type_, values)
        return Typed("category", _categories(texts), _no_number(texts, place))
    values = _PARSERS[wanted](texts)
    if values is None:
        row = next(row for row, text in enumerate(texts) if _PARSERS[wanted]([text]) is None and text)
        raise MetadataError(f"{place(row)}: {texts[row]!r:.60} is {_LACKING[wanted]}")
    return Typed(wanted, values)


def _no_number(texts: list[str], place: Callable[[int], str]) -> str:
    """The first text that is no number."""
    rows = [row for row, text in enumerate(texts) if text.strip().lower() not in _NO_NUMBER]
    present = [texts[row] for row in rows]
    first = bisect.bisect_left(range(1, len(rows)), True, key=lambda count: _numbers(present[:count]) is None)
    return f"{place(rows[first])}: {present[first]!r:.60} is not a number" if rows else ""


def _empty(rows: int, wanted: Type | None) -> Typed:
    """A column without a value."""
    type_ = wanted or "category"
    return Typed(type_, np.full(rows, np.nan) if kind_of(type_) is Kind.SCALAR else [None] * rows)


_LACKING = {
    "number": "not a number",
    "date": "not a date as ISO 8601 has it, such as 2026-11-30 or 2026-11-30T08:15:00Z",
    "boolean": "not true or false",
}


def _numbers(texts: list[str]) -> npt.NDArray[Any] | None:
    first = next((text for text in texts if text.strip().lower() not in _NO_NUMBER), "")
    try:
        float(first)
    except ValueError:
        return None
    joined = "\n".join(texts)
    if _CODE.search(joined):
        return None
    with suppress(ValueError, OverflowError):
        if not _NOT_WHOLE.search(joined):
            return np.fromiter(map(int, texts), np.int64, len(texts))
    with suppress(ValueError):
        return np.fromiter(map(float, texts), np.float64, len(texts))
    try:
        found = (float("nan" if text.strip().lower() in _NO_NUMBER else text) for text in texts)
        return np.fromiter(found, np.float64, len(texts))
    except ValueError:
        return None


def _booleans(texts: list[str]) -> list[Any] | None:
    if len(distinct := set(texts)) > 10 or not {text.lower() for text in distinct} <= {"", *_BOOLEANS}:
        return None
    return [text.lower() == "true" if text else None for text in texts]


def _categories(texts: list[str]) -> list[Any]:
    return [text or None for text in texts] if "" in set(texts) else texts


_PARSERS: dict[Type, Callable[[list[str]], Any]] = {
    "number": _numbers,
    "boolean": _booleans,
    "date": dates_of,
    "category": _categories,
}


def from_objects(values: Sequence[Any], wanted: Type | None, place: Callable[[int], str]) -> Typed | None:
    """A column of Python objects, None where there is no value; None if it can be nothing, such as lists.

    Raises:
        MetadataError: a value is none of what is wanted, or of another type than the others.
    """
    given = {type(value) for value in values} - {type(None)}
    if given == {str}:
        texts = ["" if value is None else value for value in values]
        if wanted is None:
            wanted = "date" if dates_of(texts) is not None else "category"
        return from_texts(texts, wanted, place)
    if wanted == "category" and given <= {bool, int, float, str}:
        return Typed("category", [None if value is None else _label(value) for value in values])
    for type_, types in (("boolean", {bool}), ("number", {int, float}), ("date", {date, datetime})):
        if given and given <= types:
            if wanted not in (None, type_):
                raise MetadataError(f"{place(0)}: it holds {type_}s, and can't be made a {wanted}")
            return Typed(type_, _rounded(values, place) if type_ == "number" else values)  # type: ignore[arg-type]
    if not given:
        return _empty(len(values), wanted)
    if not given & {str, bool, int, float, date, datetime}:
        return None
    first = next(type(value) for value in values if value is not None)
    row = next(row for row, value in enumerate(values) if value is not None and type(value) is not first)
    raise MetadataError(
        f"{place(row)}: {values[row]!r:.60} is {type(values[row]).__name__}, where others are {first.__name__}"
    )


def _rounded(values: Sequence[Any], place: Callable[[int], str]) -> Any:
    """Numbers of which some have a fraction, or don't fit in 64 bits, as floating-point numbers."""
    if all(value is None or (type(value) is int and abs(value) < 2**63) for value in values):
        return values
    numbers = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        try:
            numbers[row] = np.nan if value is None else float(value)
        except OverflowError:
            digits = int(math.log10(abs(value))) + 1
            raise MetadataError(f"{place(row)}: a number of {digits} digits is too large") from None
    return numbers


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
