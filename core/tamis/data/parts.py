"""The columns of numbers that a table holds of a column with more than one number for each sample."""

from __future__ import annotations

import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind

#: How many objects a sample has.
OBJECTS = "objects"


def class_parts(column: Column) -> dict[str, Column]:
    """The amounts of each class of a DISTRIBUTION, by class; empty for other kinds."""
    if column.kind is not Kind.DISTRIBUTION:
        return {}
    return {
        label: Column(f"{column.name}.{label}", Kind.SCALAR, column.values[:, number], valid=column.valid)
        for number, label in enumerate(column.labels)
    }


def value_parts(column: Column) -> dict[str, Column]:
    """What else there is of a column, by name: its record, and of VECTORS, how many there are."""
    if column.offsets is None:
        return dict(column.record)
    counts = np.diff(column.offsets).astype(np.int64)
    return {**column.record, OBJECTS: Column(f"{column.name}.{OBJECTS}", Kind.SCALAR, counts, valid=column.valid)}


def from_classes(name: str, parts: dict[str, Column]) -> Column:
    """The DISTRIBUTION whose classes these are."""
    return Column(
        name,
        Kind.DISTRIBUTION,
        np.column_stack([part.values for part in parts.values()]),
        labels=tuple(parts),
        valid=np.logical_and.reduce([part.valid for part in parts.values()]),
    )
