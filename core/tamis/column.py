"""One value for each sample of a dataset: what an input yields and a strategy takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations import Kind

_DIMENSIONS = {Kind.SCALAR: 1, Kind.CATEGORY: 1, Kind.VECTOR: 2, Kind.DISTRIBUTION: 2}


#: Columns that tables have anyway.
RESERVED = ("sample", "selected", "rank")


def _read_only(array: Any) -> npt.NDArray[Any]:
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError("a column has no mask: say which rows are valid")
    view: npt.NDArray[Any] = np.asarray(array).view()
    view.flags.writeable = False
    return view


@attrs.frozen(eq=False)
class Column:
    """One row for each sample, in dataset order. Its arrays are read-only.

    Attributes:
        name: The column's name in tables, such as a metadata key.
        kind: What the values are.
        values: ``(n,)`` numbers for SCALAR; ``(n,)`` integer indices into ``labels`` for CATEGORY;
            ``(n, d)`` numbers for VECTOR and DISTRIBUTION. Rows that aren't valid may hold anything.
        labels: The categories of a CATEGORY, or the ``d`` classes of a DISTRIBUTION.
        valid: ``(n,)`` bool: which samples have a value; never those whose numbers are not finite.
        reasons: Why a row has no value, by row number, for those that know.

    Raises:
        ValueError: shapes, labels or dtype don't fit the kind.
    """

    name: str = attrs.field(validator=attrs.validators.instance_of(str))
    kind: Kind = attrs.field(validator=attrs.validators.instance_of(Kind))
    values: npt.NDArray[Any] = attrs.field(converter=_read_only)
    labels: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    valid: npt.NDArray[np.bool_] = attrs.field(kw_only=True, converter=_read_only)
    reasons: Mapping[int, str] = attrs.field(factory=dict, kw_only=True)

    @valid.default
    def _finite(self) -> npt.NDArray[np.bool_]:
        if self.values.dtype.kind != "f":
            return np.ones(len(self.values), dtype=bool)
        finite: npt.NDArray[np.bool_] = np.isfinite(self.values).all(axis=tuple(range(1, self.values.ndim)))
        return finite

    def __attrs_post_init__(self) -> None:
        if self.name in RESERVED:
            raise ValueError(f"a column can't be named '{self.name}': tables have one of that name")
        if self.labels and self.kind in (Kind.SCALAR, Kind.VECTOR):
            raise ValueError(f"column '{self.name}': a {self.kind.name} has no labels")
        if self.values.ndim != _DIMENSIONS[self.kind]:
            raise ValueError(f"column '{self.name}': {self.kind.name} values of shape {self.values.shape}")
        if self.values.dtype.kind not in ("iu" if self.kind is Kind.CATEGORY else "iuf") or self.values.itemsize > 8:
            raise ValueError(f"column '{self.name}': {self.kind.name} values of dtype {self.values.dtype}")
        if self.valid.shape != self.values.shape[:1] or self.valid.dtype != bool:
            raise ValueError(f"column '{self.name}': valid must be {len(self.values)} booleans")
        if not (finite := self._finite())[self.valid].all():
            object.__setattr__(self, "valid", _read_only(self.valid & finite))
        if self.kind is Kind.DISTRIBUTION and len(self.labels) != self.values.shape[1]:
            raise ValueError(f"column '{self.name}': {len(self.labels)} labels for {self.values.shape[1]} classes")
        codes = self.values[self.valid] if self.kind is Kind.CATEGORY else self.values[:0]
        if np.any((codes < 0) | (codes >= len(self.labels))):
            raise ValueError(f"column '{self.name}': a value is not an index into its {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.values)

    def equals(self, other: Column) -> bool:
        """Whether the other one holds the same values for the same rows."""
        return self is other or (
            (self.kind, self.labels) == (other.kind, other.labels)
            and np.array_equal(self.valid, other.valid)
            and np.array_equal(self.values[self.valid], other.values[other.valid])
        )

    def take(self, rows: npt.NDArray[np.intp]) -> Column:
        """The column of some rows only, ascending."""
        if len(rows) == len(self):
            return self
        return attrs.evolve(self, values=self.values[rows], valid=self.valid[rows], reasons={})

    def cells(self) -> list[Any]:
        """The values as Python objects, None where there is none; a category as its label."""
        items = self.values.tolist()
        if self.kind is Kind.CATEGORY:
            items = [self.labels[item] if ok else None for item, ok in zip(items, self.valid, strict=True)]
        return [item if ok else None for item, ok in zip(items, self.valid, strict=True)]
