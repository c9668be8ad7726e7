"""Distributions: of each number and category that there is, and of the distances to nearest neighbours, in each set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.distributions import Categories, Numbers
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.panels import missing, panel


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """Histograms, and bars."""
    facts = subject.once(Facts.of)
    strategies = facts.chosen.strategies if facts.chosen else ()
    marks = {each.name: each.threshold for each in reversed(strategies) if each.threshold is not None}
    panels = [panel(name, numbers, facts.titles, marks.get(name)) for name, numbers in facts.numbers.items()]
    for spread in facts.spreads:
        near = Numbers.of({each: found.distances for each, found in spread.within.items()})
        panels.append(panel(f"distance to the nearest neighbour in {spread.points.name}", near, facts.titles))
    if panels:
        yield blocks.Grid(panels)
    targets = {each.name: each.target for each in strategies if each.target}
    for name, categories in facts.categories.items():
        yield blocks.Group(name, _shares(name, categories, facts, targets.get(name, {})))


def _shares(name: str, categories: Categories, facts: Facts, targets: Mapping[str, float]) -> Iterator[blocks.Block]:
    counts = categories.counts
    yield blocks.Bars(f"Shares of {name}", categories.labels, counts, targets=targets, captioned=False)
    yield from missing(categories.missing, facts.titles)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare distributions."""
    return [Section("distributions", make, title="Distributions", position=70, doc=__doc__ or "")]
