"""Which samples are shown: those picked, those next in line, those at the border of a threshold, and close pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis_plugins.report.facts import Facts
from tamis_plugins.report.sets import PRESELECTED, Rows
from tamis_plugins.report.spread import Pair
from tamis_plugins.report.strategies import Used

#: How many of each.
NEXT, BORDER, PAIRS = 24, 6, 12
#: Picks shown where there are no pictures.
LISTED = 200


@attrs.frozen(eq=False)
class Border:
    """The samples at the border of a threshold, the closest to it first.

    Attributes:
        used: The threshold.
        values: What it looks at, by row.
        inside: Those that it only just keeps.
        outside: Those that it only just removes.
    """

    used: Used
    values: npt.NDArray[Any]
    inside: Rows
    outside: Rows


@attrs.frozen(eq=False)
class Shown:
    """What of a selection is shown.

    Attributes:
        picks: In the order picked.
        next: Those that would have come next, with what it says of their place.
        borders: Of each threshold.
        pairs: Samples that are close to a selected one, by input.
    """

    picks: Rows
    next: Rows
    borders: tuple[Border, ...]
    pairs: tuple[Pair, ...]

    @classmethod
    def of(cls, facts: Facts, pictures: int) -> Shown:
        """What to show with so many pictures."""
        borders = tuple(_borders(facts))
        following = _next(facts)
        pairs = tuple(facts.spreads[0].pairs(PAIRS)) if facts.spreads else ()
        others = len(set(_others(following, borders, pairs)))
        picks = max(pictures - min(others, pictures // 4), 0) or LISTED
        return cls(facts.sets.picked[:picks], following, borders, pairs)

    @property
    def rows(self) -> list[int]:
        """All of them, the picks first."""
        return [*self.picks.tolist(), *_others(self.next, self.borders, self.pairs)]


def _others(following: Rows, borders: tuple[Border, ...], pairs: tuple[Pair, ...]) -> Iterator[int]:
    yield from following.tolist()
    for border in borders:
        yield from border.inside.tolist()
        yield from border.outside.tolist()
    for pair in pairs:
        yield from (pair.picked, pair.unpicked)


def _next(facts: Facts) -> Rows:
    """The first in line of those not selected."""
    column = facts.standings.columns.get("in_line")
    if column is None:
        return facts.sets.standing[:0]
    places = np.flatnonzero(column.valid)
    first = places[np.argsort(column.values[places], kind="stable")[:NEXT]]
    return facts.sets.standing[first]


def _borders(facts: Facts) -> Iterator[Border]:
    for used in facts.strategies:
        column, threshold = used.column, used.threshold
        if column is None or threshold is None:
            continue
        table = facts.standings.columns.get(f"{used.path}.removed")
        outside = facts.sets.standing[table.valid & (table.values > 0)] if table is not None else facts.shown[:0]
        preselected = facts.sets.rows.get(PRESELECTED, outside[:0])
        inside = np.setdiff1d(facts.shown, np.concatenate([outside, preselected]))
        closest = [
            rows[np.argsort(np.abs(column.values[rows] - threshold), kind="stable")] for rows in (inside, outside)
        ]
        yield Border(used, column.values, closest[0][:BORDER], closest[1][:BORDER])


def reasons(facts: Facts, row: int) -> list[str]:
    """Why a sample was, or was not, selected: a line for each strategy that had a say in it."""
    sample = facts.selection.samples[row]
    lines = [line.strip() for line in facts.selection.explain(sample).split("\n")]
    # The first says what became of it, as its card does.
    return lines[1:] if row in set(facts.sets.picked.tolist()) else lines
