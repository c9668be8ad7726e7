"""One value for each sample of a dataset: what an input yields and a strategy takes."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.kind import Kind
from tamis.data.memory import Memory
from tamis.data.names import labels as texts
from tamis.data.names import names, text_of

_DIMENSIONS = {
    Kind.SCALAR: 1,
    Kind.CATEGORY: 1,
    Kind.VECTOR: 2,
    Kind.VECTORS: 2,
    Kind.QUERY: 2,
    Kind.DISTRIBUTION: 2,
}

#: Rows looked at at a time, so that what is made of them stays small.
_ROWS = 8192

#: Columns that tables have anyway.
RESERVED = ("sample", "selected", "rank")


def _read_only(array: Any) -> npt.NDArray[Any]:
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError("a column has no mask: say which rows are valid")
    view: npt.NDArray[Any] = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _optional(array: Any) -> npt.NDArray[Any] | None:
    return None if array is None else _read_only(array)


def _same(one: npt.NDArray[Any] | None, other: npt.NDArray[Any] | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _is_text(column: Any, attribute: Any, name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name of a column is text, not {name!r:.80}")
    if text_of(name) != name:
        raise ValueError(f"column {name!r:.80}: its name holds half a character, which no table can")


def _is_kind(column: Column, attribute: Any, kind: Any) -> None:
    if not isinstance(kind, Kind):
        raise TypeError(f"column '{column.name}': kind is a Kind, not {kind!r:.80}")


def _are_labels(column: Column, attribute: Any, labels: Any) -> None:
    if not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
        raise ValueError(f"column '{column.name}': labels are different texts, not {labels!r:.80}")


def _are_columns(column: Column, attribute: Any, record: Any) -> None:
    if not isinstance(record, Mapping) or not all(isinstance(part, Column) for part in record.values()):
        raise TypeError(f"column '{column.name}': record is columns by name, not {record!r:.80}")


def _are_reasons(column: Column, attribute: Any, reasons: Any) -> None:
    if (
        not isinstance(reasons, Mapping)
        or not all(issubclass(each, Integral) for each in set(map(type, reasons)))
        or not all(issubclass(each, str) for each in set(map(type, reasons.values())))
    ):
        raise TypeError(f"column '{column.name}': reasons are texts by row number, not {reasons!r:.80}")


@attrs.frozen(eq=False)
class Column:
    """One row for each sample, in dataset order. Its arrays are read-only.

    Attributes:
        name: The column's name in tables, such as a metadata key.
        kind: What the values are.
        values: ``(n,)`` numbers for SCALAR; ``(n,)`` integer indices into ``labels`` for CATEGORY;
            ``(n, d)`` numbers for VECTOR, QUERY and DISTRIBUTION; ``(m, d)`` for VECTORS, those of sample i in rows
            ``offsets[i]:offsets[i + 1]``. Rows that aren't valid may hold anything.
        labels: The categories of a CATEGORY, or the ``d`` classes of a DISTRIBUTION. What UTF-8 can't write of them is
            spelled out.
        valid: ``(n,)`` bool: which samples have a value; never those whose numbers are not finite.
        reasons: Why a row has no value, by row number, for those that know.
        offsets: ``(n + 1,)`` integers, ascending from 0 to m: of VECTORS, and of nothing else.
        query: ``(q, d)`` numbers, at least one row: of a QUERY, and of nothing else.
        query_names: What the rows of ``query`` are called, such as samples of another dataset; empty if they have no
            names.
        query_of: What a row of ``query`` is: a ``"sample"`` of another dataset, or what a config names, such as a
            ``"text"`` or an ``"image"``.
        record: What else an input knows of each sample, for the record: by name, such as ``group``. Each is a SCALAR or
            CATEGORY column of as many rows. Tables have it as ``<name>.<name of the part>``, and `tamis explain` as a
            sentence, such as "Its group is 3."
        notes: What the user should know about the values, a sentence each.

    Raises:
        TypeError: a part of it is of another type than is said here.
        ValueError: shapes, labels or dtype don't fit the kind; a reason is of a row that isn't there.
    """

    name: str = attrs.field(validator=_is_text)
    kind: Kind = attrs.field(validator=_is_kind)
    values: npt.NDArray[Any] = attrs.field(converter=_read_only)
    labels: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=texts, validator=_are_labels)
    offsets: npt.NDArray[np.intp] | None = attrs.field(default=None, kw_only=True, converter=_optional)
    query: npt.NDArray[Any] | None = attrs.field(default=None, kw_only=True, converter=_optional)
    query_names: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=names)
    query_of: str = attrs.field(default="sample", kw_only=True, validator=_is_text)
    valid: npt.NDArray[np.bool_] = attrs.field(
        default=attrs.Factory(lambda self: self._finite(), takes_self=True), kw_only=True, converter=_read_only
    )
    reasons: Mapping[int, str] = attrs.field(factory=dict, kw_only=True, validator=_are_reasons)
    record: Mapping[str, Column] = attrs.field(factory=dict, kw_only=True, validator=_are_columns)
    notes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=names)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} of {len(self)} rows, a {self.kind.name} each>"

    def _finite(self) -> npt.NDArray[np.bool_]:
        finite = np.ones(len(self.values), dtype=bool)
        if self.values.dtype.kind == "f":
            for start in range(0, len(finite), _ROWS):
                part = np.isfinite(self.values[start : start + _ROWS])
                finite[start : start + _ROWS] = part.all(axis=tuple(range(1, part.ndim)))
        if self.offsets is None:
            return finite
        bad = np.concatenate([[0], np.cumsum(~finite)])[self.offsets]
        complete: npt.NDArray[np.bool_] = bad[1:] == bad[:-1]
        return complete

    def __attrs_post_init__(self) -> None:
        if self.name in RESERVED:
            raise ValueError(f"a column can't be named '{self.name}': tables have one of that name")
        if self.labels and self.kind not in (Kind.CATEGORY, Kind.DISTRIBUTION):
            raise ValueError(f"column '{self.name}': a {self.kind.name} has no labels")
        if self.values.ndim != _DIMENSIONS[self.kind]:
            raise ValueError(f"column '{self.name}': {self.kind.name} values of shape {self.values.shape}")
        if self.values.dtype.kind not in ("iu" if self.kind is Kind.CATEGORY else "iuf") or self.values.itemsize > 8:
            needed = (
                "integer indices into labels"
                if self.kind is Kind.CATEGORY
                else "numbers of up to 64 bits (NaN for none)"
            )
            raise ValueError(
                f"column '{self.name}': {self.kind.name} values of dtype {self.values.dtype}, where {needed} are needed"
            )
        self._check_points()
        if self.valid.shape != (len(self),) or self.valid.dtype != bool:
            raise ValueError(f"column '{self.name}': valid must be {len(self)} booleans")
        if not (finite := self._finite())[self.valid].all():
            object.__setattr__(self, "valid", _read_only(self.valid & finite))
        if self.reasons and (min(self.reasons) < 0 or max(self.reasons) >= len(self)):
            row = min(self.reasons) if min(self.reasons) < 0 else max(self.reasons)
            raise ValueError(f"column '{self.name}': it has a reason for row {row}, and {len(self)} rows from 0 on")
        if self.kind is Kind.DISTRIBUTION and len(self.labels) != self.values.shape[1]:
            raise ValueError(f"column '{self.name}': {len(self.labels)} labels for {self.values.shape[1]} classes")
        for name, part in self.record.items():
            if part.kind not in (Kind.SCALAR, Kind.CATEGORY) or len(part) != len(self):
                raise ValueError(f"column '{self.name}': {name!r} of its record is {part!r}, for {len(self)} rows")
        codes = self.values[self.valid] if self.kind is Kind.CATEGORY else self.values[:0]
        if np.any((codes < 0) | (codes >= len(self.labels))):
            raise ValueError(f"column '{self.name}': a value is not an index into its {len(self.labels)} labels")

    def _check_points(self) -> None:
        if (self.offsets is None) == (self.kind is Kind.VECTORS) or (self.query is None) == (self.kind is Kind.QUERY):
            raise ValueError(f"column '{self.name}': VECTORS have offsets, a QUERY has a query, and nothing else has")
        if self.offsets is not None and not (
            self.offsets.dtype.kind in "iu"
            and self.offsets.ndim == 1
            and len(self.offsets)
            and self.offsets[0] == 0
            and self.offsets[-1] == len(self.values)
            and (self.offsets[1:] >= self.offsets[:-1]).all()
        ):
            raise ValueError(f"column '{self.name}': offsets must ascend from 0 to {len(self.values)}")
        if self.query is not None and (
            self.query.shape[1:] != self.values.shape[1:] or not len(self.query) or not np.isfinite(self.query).all()
        ):
            raise ValueError(f"column '{self.name}': query of shape {self.query.shape}, or not finite")
        if self.query_names and (self.query is None or len(set(self.query_names)) != len(self.query)):
            raise ValueError(f"column '{self.name}': query_names are different, one for each row of query")

    def __len__(self) -> int:
        return len(self.values if self.offsets is None else self.offsets[1:])

    def equals(self, other: Column) -> bool:
        """Whether the other one holds the same values, and the same record, for the same rows."""
        return self is other or (
            (self.kind, self.labels) == (other.kind, other.labels)
            and np.array_equal(self.valid, other.valid)
            and np.array_equal(self.take(rows := np.flatnonzero(self.valid)).values, other.take(rows).values)
            and _same(self.offsets, other.offsets)
            and _same(self.query, other.query)
            and self.record.keys() == other.record.keys()
            and all(part.equals(other.record[name]) for name, part in self.record.items())
        )

    def take(self, rows: npt.NDArray[np.intp], memory: Memory | None = None) -> Column:
        """The column of some rows only, in the order given, without its record.

        Args:
            rows: Which.
            memory: Where copies of its values are made; by default in memory.
        """
        memory = memory or Memory()
        if len(rows) == len(self) and (rows[1:] > rows[:-1]).all():
            return self
        places, offsets = self.places(rows)
        values, valid = memory.take(self.values, places), self.valid[rows]
        return attrs.evolve(self, values=values, offsets=offsets, valid=valid, reasons={}, record={})

    def places(self, rows: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp] | None]:
        """Where in ``values`` the numbers of some rows are, and the ``offsets`` that they have among those.

        Args:
            rows: Which, in any order.
        """
        if self.offsets is None:
            return rows, None
        counts = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], counts), offsets

    def cell(self, row: int) -> Any:
        """The value of one row, as `cells` has it."""
        if not self.valid[row]:
            return None
        if self.offsets is not None:
            return self.values[self.offsets[row] : self.offsets[row + 1]].tolist()
        value = self.values[row].tolist()
        return self.labels[value] if self.kind is Kind.CATEGORY else value

    def cells(self) -> list[Any]:
        """The values as Python objects, None where there is none; a category as its label."""
        items: list[Any] = self.values.tolist()
        if self.offsets is not None:
            items = [items[start:stop] for start, stop in zip(self.offsets, self.offsets[1:], strict=False)]
        if self.kind is Kind.CATEGORY:
            items = [self.labels[item] if ok else None for item, ok in zip(items, self.valid, strict=True)]
        return [item if ok else None for item, ok in zip(items, self.valid, strict=True)]
