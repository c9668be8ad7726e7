"""Map: the vectors of samples or objects, by their first two principal components."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, RANDOM, SELECTED
from tamis_plugins.statistics.spread import Spread


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """One for each input of vectors."""
    for spread in subject.once(Facts.of).spreads:
        if len(spread.chosen[INPUT]):
            yield _map(spread)


def _map(spread: Spread) -> blocks.Map:
    points, drawn = spread.points, spread.chosen[INPUT]
    groups = {
        name: np.flatnonzero(np.isin(drawn, spread.chosen[name], assume_unique=True))
        for name in (RANDOM, PRESELECTED, SELECTED)
        if name in spread.chosen
    }
    return blocks.Map(
        points.name,
        spread.places(drawn),
        points.owners[drawn],
        groups=groups,
        axes=f"the first two principal components of {points.name}",
        objects=points.objects,
    )


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare map."""
    return [Section("map", make, title="Map", position=90, doc=__doc__ or "")]
