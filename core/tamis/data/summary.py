"""What the values of a table are like: their range and quantiles, or the commonest of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.errors import MissingDependencyError

if TYPE_CHECKING:
    import pandas

#: The quantiles of a summary, in percent.
PERCENT = (5, 25, 50, 75, 95)
#: The bins of a histogram.
BINS = 16


@attrs.frozen
class Numbers:
    """A column of numbers.

    Attributes:
        count: How many samples have a value.
        missing: How many have none.
        minimum: The least; None without any value, as all that follows.
        quantiles: The values that 5, 25, 50, 75 and 95 % of all are no larger than, by percent; between two values,
            interpolated linearly: numpy's default, type 7 of Hyndman and Fan.
        maximum: The largest.
        histogram: How many values lie in each of 16 equal intervals from the least to the largest; all in the first
            if they are equal.
    """

    count: int
    missing: int
    minimum: float | int | None = None
    quantiles: Mapping[int, float] | None = None
    maximum: float | int | None = None
    histogram: tuple[int, ...] | None = None

    @classmethod
    def of(cls, column: Column) -> Numbers:
        """Of a SCALAR column."""
        values = column.values[column.valid]
        missing = len(column) - len(values)
        if not len(values):
            return cls(0, missing)
        low, high = values.min().item(), values.max().item()
        # Floats may be too far apart for their difference to be one; a quarter of them never is.
        scale = 1.0 if np.isfinite(float(high) - float(low)) else 4.0
        scaled = values / scale
        quantiles = np.quantile(scaled, [percent / 100 for percent in PERCENT]) * scale
        return cls(
            len(values),
            missing,
            low,
            dict(zip(PERCENT, np.clip(quantiles, low, high).tolist(), strict=True)),
            high,
            tuple(_histogram(scaled).tolist()),
        )


@attrs.frozen
class Categories:
    """A column of categories.

    Attributes:
        count: How many samples have one.
        missing: How many have none.
        values: How many samples have each category that occurs, the commonest first.
    """

    count: int
    missing: int
    values: Mapping[str, int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, column: Column) -> Categories:
        """Of a CATEGORY column."""
        codes = column.values[column.valid].astype(np.intp)
        counts = np.bincount(codes, minlength=len(column.labels))
        order = np.argsort(-counts, kind="stable")
        values = {column.labels[code]: int(counts[code]) for code in order if counts[code]}
        return cls(len(codes), len(column) - len(codes), values)


@attrs.frozen
class Summary:
    """What the numbers and categories of a table are like, by column; made by `Table.summary`.

    Attributes:
        columns: What each column is like. Of numbers: ``count``, ``missing``, ``minimum``, ``quantiles`` (by percent:
            5, 25, 50, 75, 95; interpolated linearly, as numpy does by default), ``maximum`` and ``histogram`` (16 equal
            intervals). Of categories: ``count``, ``missing`` and ``values`` (how many samples have each, the commonest
            first).
    """

    columns: Mapping[str, Numbers | Categories]

    def __getitem__(self, name: str) -> Numbers | Categories:
        return self.columns[name]

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Summary:
        """Of the numbers and categories among some columns."""
        found: dict[str, Numbers | Categories] = {}
        for name, column in columns.items():
            if column.kind is Kind.SCALAR:
                found[name] = Numbers.of(column)
            elif column.kind is Kind.CATEGORY:
                found[name] = Categories.of(column)
        return cls(found)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data: an object for each column."""
        return {
            name: {key: _json(value) for key, value in attrs.asdict(found, recurse=False).items()}
            for name, found in self.columns.items()
        }

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame with a row for each column of numbers. Raises `MissingDependencyError`."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingDependencyError("pandas", "to_pandas()", "pandas") from None
        numbers = {name: found for name, found in self.columns.items() if isinstance(found, Numbers)}
        rows = {
            name: {
                "count": found.count,
                "missing": found.missing,
                "minimum": found.minimum,
                **{f"{percent}%": (found.quantiles or {}).get(percent) for percent in PERCENT},
                "maximum": found.maximum,
            }
            for name, found in numbers.items()
        }
        names = ["count", "missing", "minimum", *(f"{percent}%" for percent in PERCENT), "maximum"]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=names)
        return frame.astype({name: "Int64" if name in ("count", "missing") else "Float64" for name in names})


def _histogram(values: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    if (low := values.min()) == (high := values.max()):
        return np.array([len(values), *[0] * (BINS - 1)])
    # As shares of the range: neighbouring floats may have no sixteen others between them.
    counts, _ = np.histogram((values - low) / (high - low), bins=BINS, range=(0, 1))
    return counts


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value
