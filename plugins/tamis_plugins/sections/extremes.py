"""Least and most: the samples with the least and largest values of each number, of a dataset without a selection."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Column, Kind, Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.sets import Rows

#: Samples at each end, and numbers that are shown.
SHOWN, MOST = 6, 20


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """Both ends of each number."""
    if subject.selection is not None:
        return
    found = {name: column for name, column in subject.columns.items() if column.kind is Kind.SCALAR}
    for name, column in list(found.items())[:MOST]:
        rows = np.flatnonzero(column.valid)
        ascending = rows[np.argsort(column.values[rows], kind="stable")]
        if not len(ascending) or column.values[ascending[0]] == column.values[ascending[-1]]:
            continue  # all the same
        ends = [
            _end(subject, column, ascending[:SHOWN], "Least"),
            _end(subject, column, ascending[::-1][:SHOWN], "Most"),
        ]
        yield blocks.Group(name, [blocks.Halves(ends)])
    if len(found) > MOST:
        yield blocks.Text(f"Those of the first {MOST} of {len(found)} numbers are shown.", tone="aside")


def _end(subject: Subject, column: Column, rows: Rows, title: str) -> blocks.Group:
    cards = [blocks.Card(subject.samples[row], told=[f"{column.values[row]:.6g}"]) for row in rows.tolist()]
    return blocks.Group(title, [blocks.Gallery(cards, small=True)])


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare extremes."""
    return [Section("extremes", make, title="Least and most", position=55, doc=__doc__ or "")]
