"""Judging: the samples whose number is beyond the limit of an issue, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.declarations.issue import Issue, Ratings

Rows = npt.NDArray[np.intp]


@attrs.frozen(eq=False)
class Found:
    """An issue that was looked for, and the samples that have it.

    Attributes:
        issue: With the limit that held.
        source: Where that limit comes from.
        key: What the number is: a key of metrics or metadata, or a type of input; empty for one of the issue's own.
        rows: Of the samples that have it, the worst first.
        samples: Their names.
        values: Their numbers.
        words: What is to be said of each.
    """

    issue: Issue
    source: str
    key: str
    rows: Rows
    samples: tuple[str, ...]
    values: npt.NDArray[np.float64]
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The issue's name."""
        return self.issue.name

    @property
    def rule(self) -> str:
        """The limit in words, such as ``below 0.3``."""
        return f"{self.issue.side} {self.issue.limit:g}"

    def __len__(self) -> int:
        return len(self.samples)


def judged(
    issue: Issue,
    ratings: Ratings,
    samples: Sequence[str],
    source: str,
    key: str,
    record: Mapping[str, Column] | None = None,
) -> Found:
    """Which samples have an issue. Those of equal numbers are in dataset order.

    Args:
        issue: With the limit that holds.
        ratings: The number of each sample.
        samples: Their names.
        source: Where the limit comes from.
        key: What the number is.
        record: What its input knows beside it, which is then said in its place.
    """
    values = np.asarray(ratings.values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        beyond = values > issue.limit if issue.side == "above" else values < issue.limit
    rows = np.flatnonzero(beyond)
    towards = -values if issue.side == "above" else values
    rows = rows[np.argsort(towards[rows], kind="stable")]
    said = issue.words or issue.name.replace("_", " ")
    told = _recorded(record, rows) if record else _compared(issue, key, values[rows])
    own = ratings.words if callable(ratings.words) else ratings.words.get
    words = tuple(own(row) or f"{said}: {each}" for row, each in zip(rows.tolist(), told, strict=True))
    return Found(issue, source, key, rows, tuple(samples[row] for row in rows.tolist()), values[rows], words)


def _compared(issue: Issue, key: str, values: npt.NDArray[np.float64]) -> Iterator[str]:
    """Each number, and the limit that it is beyond."""
    what = f"{key} is " if key else ""
    return (f"{what}{value:.4g}, {issue.side} {issue.limit:.4g}" for value in values.tolist())


def _recorded(record: Mapping[str, Column], rows: Rows) -> Iterator[str]:
    """What an input has recorded of each row."""
    names = [column.name for column in record.values()]
    for row in rows:
        cells = (column.take(np.array([row])).cells()[0] for column in record.values())
        yield ", ".join(f"its {name} is {cell}" for name, cell in zip(names, cells, strict=True) if cell is not None)
