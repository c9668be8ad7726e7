"""Columns from tables that others have made: mappings, pandas, polars, Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.errors import MetadataError, described


def columns_of(table: Any) -> dict[str, Any]:
    """The columns of a mapping, or of a pandas, polars or Arrow table, as they are. Raises `MetadataError`."""
    if isinstance(table, Mapping):
        named: Iterable[tuple[Any, Any]] = table.items()
    elif hasattr(table, "column_names") and hasattr(table, "column"):  # Arrow
        named = ((name, table.column(name)) for name in table.column_names)
    elif hasattr(table, "columns") and hasattr(table, "__getitem__"):  # pandas, polars
        named = ((name, table[name]) for name in table.columns)
    else:
        raise MetadataError(
            f"a table is a mapping of columns, or of pandas, polars or Arrow, not {type(table).__name__}"
        )
    found = {}
    for name, values in named:
        if not isinstance(name, str) or not name:
            raise MetadataError(f"the name of a column is a string, not {name!r}")
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
            raise MetadataError(f"column '{name}' is {type(values).__name__}, not a list or an array")
        found[name] = values
    return found


def column_of(key: str, values: Any) -> tuple[Column, str]:
    """A column of metadata from that of a table, and why it can't be used for selection; empty if it can.

    Strings become categories, numbers stay numbers, dates become seconds since 1970 in UTC, null is missing.

    Raises:
        MetadataError: values are of several kinds, or of another.
    """
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
        return _category(key, labels), "boolean metadata cannot be used for selection"
    return _of_objects(key, array.astype(object))


def _array(values: Any) -> npt.NDArray[Any]:
    """As an array, in which null is None or NaN."""
    if isinstance(values, np.ma.MaskedArray):
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
    missing = np.fromiter((value is None or value != value for value in values), bool, len(values))
    types = {type(value) for value in values[~missing]}
    if types <= {str} or all(issubclass(type_, str) for type_ in types):
        return _category(key, values, missing), ""
    if all(issubclass(type_, (bool, np.bool_)) for type_ in types):
        return _category(
            key, np.array([str(bool(value)).lower() for value in values], dtype=object), missing
        ), "boolean metadata cannot be used for selection"
    if all(hasattr(type_, "toordinal") for type_ in types):  # a time of no day hasn't
        return Column(key, Kind.SCALAR, _seconds(np.array(_naive(values, missing), dtype="datetime64[us]"))), ""
    try:
        if any(issubclass(type_, (bool, np.bool_, str, bytes)) for type_ in types):
            raise TypeError
        numbers = np.array([np.nan if lost else float(value) for value, lost in zip(values, missing, strict=True)])
    except (TypeError, ValueError, OverflowError):
        names = ", ".join(sorted(type_.__name__ for type_ in types))
        row = next(
            row
            for row, value in enumerate(values)
            if not missing[row] and not isinstance(value, (int, float, np.number))
        )
        raise MetadataError(
            f"metadata '{key}': its values are {names}; they must be all numbers, all strings or all dates, such as "
            f"row {row}: {values[row]!r:.60}"
        ) from None
    if (
        all(issubclass(type_, (int, np.integer)) for type_ in types)
        and np.abs(numbers[~missing]).max(initial=0) < 2**63
    ):
        whole = np.array([0 if lost else int(value) for value, lost in zip(values, missing, strict=True)], np.int64)
        return Column(key, Kind.SCALAR, whole, valid=~missing), ""
    return Column(key, Kind.SCALAR, numbers), ""


def _naive(values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> list[Any]:
    """Dates in UTC without a time zone, which numpy doesn't know."""
    from datetime import datetime, timezone

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
    texts = [None if missing is not None and missing[row] else str(value) for row, value in enumerate(values)]
    labels = sorted({text for text in texts if text is not None})
    position = {label: number for number, label in enumerate(labels)}
    codes = np.array([0 if text is None else position[text] for text in texts], dtype=np.int64)
    valid = np.array([text is not None for text in texts], dtype=bool)
    return Column(key, Kind.CATEGORY, codes, labels=tuple(labels), valid=valid)
