"""A metadata field of all samples of several inputs, from those that have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.field import Metadata
from tamis.data.kind import Kind

Rows = npt.NDArray[np.int64]


def joined(key: str, kind: Kind, samples: int, parts: Sequence[tuple[str, Rows, Metadata]]) -> Column:
    """A field of all samples, from those that have it."""
    found = [(rows, metadata.columns[key]) for _, rows, metadata in parts if key in metadata.columns]
    reasons = {
        int(row): f"input '{label}' has no metadata '{key}'"
        for label, rows, metadata in parts
        if key not in metadata.columns
        for row in rows
    }
    for rows, column in found:
        reasons |= {int(rows[row]): reason for row, reason in column.reasons.items()}
    labels = tuple(sorted({label for _, column in found for label in column.labels}))
    position = {label: number for number, label in enumerate(labels)}
    dtype = _dtype(kind, [column for _, column in found])
    values, valid = np.zeros(samples, dtype=dtype), np.zeros(samples, dtype=bool)
    for rows, column in found:
        numbers = np.where(column.valid, column.values, 0)
        if kind is Kind.CATEGORY:
            codes = np.array([position[label] for label in column.labels] or [0], dtype=np.int64)
            numbers = codes[numbers]
        values[rows], valid[rows] = numbers, column.valid
    return Column(key, kind, values, labels=labels, valid=valid, reasons=reasons)


def _dtype(kind: Kind, columns: Sequence[Column]) -> np.dtype[Any]:
    """What holds the values of all: integers stay such where one type has room for them."""
    if kind is Kind.CATEGORY or not columns:
        return np.dtype(np.int64)
    dtype = np.result_type(*(column.values.dtype for column in columns))
    if dtype.kind == "f" and all(column.values.dtype.kind in "iu" for column in columns):  # int64 beside uint64
        largest = max(int(column.values[column.valid].max(initial=0)) for column in columns)
        return np.dtype(np.int64) if largest < 2**63 else dtype
    return dtype
