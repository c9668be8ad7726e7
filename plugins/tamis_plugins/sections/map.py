"""Map: the vectors of samples or objects, by their first two principal components."""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.maps import map_of
from tamis_plugins.statistics.sets import INPUT


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """One for each input of vectors."""
    for spread in subject.once(Facts.of).spreads:
        if len(spread.chosen[INPUT]):
            drawn = spread.chosen[INPUT]
            axes = f"the first two principal components of {spread.points.name}"
            yield map_of(spread, drawn, spread.places(drawn), axes)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare map."""
    return [Section("map", make, title="Map", position=90, doc=__doc__ or "")]
