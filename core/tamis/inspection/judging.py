"""Judging: the samples whose number is beyond the limit of an issue, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

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


def judged(issue: Issue, ratings: Ratings, samples: Sequence[str], source: str, key: str) -> Found:
    """Which samples have an issue. Those of equal numbers are in dataset order."""
    values = np.asarray(ratings.values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        beyond = values > issue.limit if issue.side == "above" else values < issue.limit
    rows = np.flatnonzero(beyond)
    towards = -values if issue.side == "above" else values
    rows = rows[np.argsort(towards[rows], kind="stable")]
    said = issue.words or issue.name.replace("_", " ")
    what = f"{key} is " if key else ""
    words = tuple(
        ratings.words.get(row) or f"{said}: {what}{value:.4g}, {issue.side} {issue.limit:.4g}"
        for row, value in zip(rows.tolist(), values[rows].tolist(), strict=True)
    )
    return Found(issue, source, key, rows, tuple(samples[row] for row in rows.tolist()), values[rows], words)
