"""Columns from tables that others have made: mappings, pandas, polars, Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.column import RESERVED, Column
from tamis.data.kind import Kind
from tamis.data.names import text_of
from tamis.errors import MetadataError, described

#: Why booleans can't be used.
BOOLEAN = "boolean metadata cannot be used for selection"
#: What a column may hold.
ALLOWED = "they must be all numbers, all strings or all dates"


def columns_of(table: Any) -> dict[str, Any]:
    """The columns of a mapping, or of a pandas, polars or Arrow table, as they are. Raises `MetadataError`."""
    if isinstance(table, Mapping):
        names, column = list(table), table.__getitem__
    elif hasattr(table, "column_names") and hasattr(table, "column"):  # Arrow
        names, column = list(table.column_names), table.column
    elif hasattr(table, "collect"):  # polars and others, where asking for the columns may be a query already
        raise MetadataError(f"a {type(table).__name__} has no values yet: collect() it first")
    elif hasattr(table, "columns") and hasattr(table, "__getitem__"):  # pandas, polars
        names, column = list(table.columns), table.__getitem__
    else:
        raise MetadataError(
            f"a table is a mapping of columns, or of pandas, polars or Arrow, not {type(table).__name__}"
        )
    found: dict[str, Any] = {}
    for name in names:
        if not isinstance(name, str) or not name:
            raise MetadataError(f"the name of a column is a string, not {name!r}")
        if names.count(name) > 1:
            raise MetadataError(f"two columns of the table are named {name!r}")
        values = column(name)
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
            raise MetadataError(f"column '{name}' is {type(values).__name__}, not a list or an array")
        found[name] = values
    return found


def column_of(key: str, values: Any) -> tuple[Column, str]:
    """A column of metadata from that of a table, and why it can't be used for selection; empty if it can.

    Strings become categories, numbers stay numbers, dates become seconds since 1970 in UTC, null is missing.

    Args:
        key: What a config will call it.
        values: A list, an array, or a column of pandas, polars or Arrow.

    Raises:
        MetadataError: values are of several kinds, or of another; or a column can't be called so.
    """
    if key.startswith("lightly."):
        raise MetadataError(f"metadata can't be named '{key}': keys under 'lightly.' are those of tamis's own metrics")
    if key in RESERVED:
        raise MetadataError(f"metadata can't be named '{key}': results have a column of that name")
    if text_of(key) != key:
        raise MetadataError(f"metadata can't be named {key!r}: it holds half a character, which no table can")
    try:
        return _column_of(key, values)
    except MetadataError:
        raise
    except Exception as error:  # a library's own types may fail in ways of their own
        raise MetadataError(
            f"metadata '{key}': its values can't be taken for numbers, strings or dates ({described(error)})"
        ) from error


def _column_of(key: str, values: Any) -> tuple[Column, str]:
    array = _array(values)
    if array.ndim != 1:
        raise MetadataError(f"metadata '{key}': values of shape {array.shape}, not one for each sample")
    if array.dtype.kind in "iu" and array.itemsize <= 8:
        return Column(key, Kind.SCALAR, array), ""
    if array.dtype.kind == "f":
        return Column(key, Kind.SCALAR, array.astype(np.float64)), ""
    if array.dtype.kind == "M":
        return Column(key, Kind.SCALAR, _seconds(array)), ""
    if array.dtype.kind == "b":
        labels = np.where(array, "true", "false").astype(object)
        return _category(key, labels), BOOLEAN
    if array.dtype.kind not in "OUiuf":
        raise MetadataError(f"metadata '{key}': its values are {array.dtype}; {ALLOWED}")
    return _of_objects(key, array.astype(object))


def names_of(values: Any) -> list[str]:
    """The names of samples in a column of a table. Raises `MetadataError` if one is missing."""
    found = _array(values).tolist()
    if (row := next((row for row, name in enumerate(found) if _is_missing(name)), None)) is not None:
        raise MetadataError(f"row {row} of the table names no sample")
    return [str(name) for name in found]


def _array(values: Any) -> npt.NDArray[Any]:
    """As an array, in which null is None or NaN."""
    if isinstance(values, np.ma.MaskedArray):
        if values.dtype.kind in "iuf" and not values.count():  # numbers, though none is there
            return np.full(values.shape, np.nan)
        return np.array(values.tolist(), dtype=object)
    if hasattr(values, "to_pylist"):  # Arrow
        if values.null_count == 0 and str(values.type) not in ("string", "large_string"):
            return np.asarray(values.to_numpy(zero_copy_only=False))
        return _objects(values.to_pylist())
    if hasattr(values, "null_count") and hasattr(values, "to_list"):  # polars
        return _objects(values.to_list()) if values.null_count() else np.asarray(values.to_numpy())
    if hasattr(values, "isna") and hasattr(values, "to_numpy"):  # pandas
        missing = np.asarray(values.isna())
        if str(values.dtype) in ("object", "string", "str", "category") or missing.any():
            found = values.to_numpy(dtype=object, copy=True)
            found[missing] = None
            return np.asarray(found, dtype=object)
        return np.asarray(values.to_numpy())
    if isinstance(values, np.ndarray):
        return values
    return _objects(list(values))


def _objects(values: list[Any]) -> npt.NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _of_objects(key: str, values: npt.NDArray[Any]) -> tuple[Column, str]:
    """Of Python objects: all numbers, all texts, all booleans or all dates, but for those that are missing."""
    if set(map(type, values)) <= {str, type(None)}:  # the usual case
        return _category(key, values, np.fromiter((value is None for value in values), bool, len(values))), ""
    missing = np.fromiter(map(_is_missing, values), bool, len(values))
    kinds = [None if lost else _kind_of(value) for value, lost in zip(values, missing, strict=True)]
    present = set(kinds) - {None}
    if len(present) > 1 or "" in present:
        first = next(kind for kind in kinds if kind is not None)
        row = next(row for row, kind in enumerate(kinds) if kind is not None and (kind != first or not kind))
        names = ", ".join(sorted({type(value).__name__ for value in values[~missing]}))
        raise MetadataError(
            f"metadata '{key}': its values are {names}; {ALLOWED}, unlike that of row {row}: {values[row]!r:.60}"
        )
    blank = "number" if any(isinstance(value, (float, np.floating)) for value in values) else "text"
    kind = next(iter(present), blank)
    if kind == "text":
        return _category(key, values, missing), ""
    if kind == "boolean":
        texts = np.array(
            [str(bool(value)).lower() if not lost else None for value, lost in zip(values, missing, strict=True)],
            dtype=object,
        )
        return _category(key, texts, missing), BOOLEAN
    if kind == "date":
        return Column(key, Kind.SCALAR, _seconds(np.array(_naive(values, missing), dtype="datetime64[us]"))), ""
    return _numbers(key, values, missing), ""


def _is_missing(value: Any) -> bool:
    """Whether it stands for no value: None, NaN, NaT, or the NA of pandas."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, (float, np.floating, np.datetime64, datetime)) and bool(value != value)


def _kind_of(value: Any) -> str:
    """What a value is; empty if a column can't hold it."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bool, np.bool_)):
        return "boolean"
    if isinstance(value, (date, np.datetime64)):
        return "date"
    if isinstance(value, (int, float, np.integer, np.floating, Decimal, Fraction)):
        return "number"
    return ""


def _numbers(key: str, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> Column:
    """Whole numbers as they are, up to 64 bits; others as floating-point numbers."""
    present = values[~missing]
    if len(present) and all(isinstance(value, (int, np.integer)) for value in present):
        whole = [0 if lost else int(value) for value, lost in zip(values, missing, strict=True)]
        for dtype in (np.int64, np.uint64):
            if np.iinfo(dtype).min <= min(whole) and max(whole) <= np.iinfo(dtype).max:
                return Column(key, Kind.SCALAR, np.array(whole, dtype=dtype), valid=~missing)
    numbers = np.full(len(values), np.nan)
    for row in np.flatnonzero(~missing):
        try:
            numbers[row] = float(values[row])
        except OverflowError:
            raise MetadataError(f"metadata '{key}': the value of row {row} is too large for a number") from None
    return Column(key, Kind.SCALAR, numbers)


def _naive(values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> list[Any]:
    """Dates in UTC without a time zone, which numpy doesn't know."""
    return [
        None
        if lost
        else value.astimezone(timezone.utc).replace(tzinfo=None)
        if isinstance(value, datetime) and value.tzinfo
        else value
        for value, lost in zip(values, missing, strict=True)
    ]


def _seconds(dates: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Seconds since 1970 in UTC; NaN where there is none."""
    micros = dates.astype("datetime64[us]")
    return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1e6)


def _category(key: str, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None = None) -> Column:
    valid = np.ones(len(values), dtype=bool) if missing is None else ~missing
    texts = list(map(str, values[valid]))
    labels = sorted(set(texts))
    position = {label: number for number, label in enumerate(labels)}
    codes = np.zeros(len(values), dtype=np.int64)
    codes[valid] = np.fromiter(map(position.__getitem__, texts), np.int64, len(texts))
    return Column(key, Kind.CATEGORY, codes, labels=tuple(labels), valid=valid)
