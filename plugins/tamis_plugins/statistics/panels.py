"""A distribution as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tamis import blocks
from tamis_plugins.statistics.distributions import Numbers
from tamis_plugins.statistics.measures import QUANTILES
from tamis_plugins.statistics.wording import number


def panel(name: str, numbers: Numbers, titles: Mapping[str, str], mark: float | None = None) -> blocks.Group:
    """A histogram, and what it says in numbers."""
    measures = ["Mean", "Std", "Min", *(f"{100 * quantile:g} %" for quantile in QUANTILES), "Max"]
    sets: list[list[float | None]] = []
    for each, summary in numbers.summaries.items():
        quantiles: Sequence[float | None] = numbers.quantiles[each] or [None] * len(QUANTILES)
        sets.append([summary.get("mean"), summary.get("std"), summary.get("min"), *quantiles, summary.get("max")])
    header = ["", *(titles[each] for each in numbers.summaries)]
    rows = [list(row) for row in zip(measures, *sets, strict=True)]
    told = ", ".join(
        f"{title.lower()} median {number(numbers.summaries[each]['median'])}"
        for each, title in titles.items()
        if numbers.summaries.get(each)
    )
    return blocks.Group(
        name,
        [
            blocks.Histogram(name, numbers.counts, numbers.range, mark=mark, told=told or "no value"),
            *missing(numbers.missing, titles),
            blocks.Folded("In numbers", [blocks.Table(name, header, rows, captioned=False)], about=name),
        ],
    )


def missing(lacking: Mapping[str, int], titles: Mapping[str, str]) -> Iterator[blocks.Text]:
    """How many samples of each set have no value, if any."""
    told = ", ".join(f"{count:,} of {titles[each].lower()}" for each, count in lacking.items() if count)
    if told:
        yield blocks.Text(f"Without a value: {told}.", tone="aside")
