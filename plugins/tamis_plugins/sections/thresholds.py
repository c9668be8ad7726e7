"""At the thresholds: the samples that each threshold only just keeps, and only just removes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Column, Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.chosen import Chosen
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.least import least
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, Rows
from tamis_plugins.statistics.strategies import Used

#: How many on each side.
SHOWN = 6


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """Both sides of each, the closest first."""
    chosen = subject.once(Facts.of).chosen
    for used in chosen.strategies if chosen else ():
        column, threshold = used.column, used.threshold
        if chosen is None or column is None or threshold is None:
            continue
        inside, outside = (
            rows[least(np.abs(column.values[rows] - threshold), SHOWN)] for rows in _sides(subject, chosen, used)
        )
        sides = [
            _side(subject, column, rows, name) for rows, name in ((inside, "Just kept"), (outside, "Just removed"))
        ]
        yield blocks.Group(f"{used.name} {used.wording}", [blocks.Halves(sides)])


def _sides(subject: Subject, chosen: Chosen, used: Used) -> tuple[Rows, Rows]:
    """What a threshold keeps and what it removes of those that could have been selected."""
    kept = np.zeros(len(subject.samples), dtype=bool)
    kept[subject.sets[INPUT]] = True
    removed = chosen.standings.columns.get(f"{used.path}.removed")
    standing = chosen.selection.standing_rows
    outside = standing[removed.valid & (removed.values > 0)] if removed is not None else standing[:0]
    kept[outside] = False
    kept[subject.sets.get(PRESELECTED, outside[:0])] = False
    return np.flatnonzero(kept), outside


def _side(subject: Subject, column: Column, rows: Rows, title: str) -> blocks.Group:
    cards = [blocks.Card(subject.samples[row], told=[f"{column.values[row]:.6g}"]) for row in rows.tolist()]
    return blocks.Group(title, [blocks.Gallery(cards, small=True) if cards else blocks.Text("None.")])


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare thresholds."""
    return [Section("thresholds", make, title="At the thresholds", position=50, doc=__doc__ or "")]
