"""Close pairs: samples that were left out, each beside the selected one that it is closest to."""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.wording import number


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """The closest first."""
    facts = subject.once(Facts.of)
    if not facts.pairs:
        return
    ranks = {row: rank for rank, row in enumerate(subject.picked.tolist(), start=1)}
    names = subject.samples
    yield blocks.Text(
        "Samples that were not selected, beside the selected one that they are closest to in "
        f"{facts.spreads[0].points.name}, the closest first. If each pair is much the same, "
        "little is lost by leaving them out."
    )
    yield blocks.Pairs(
        blocks.Pair(
            blocks.Card(names[pair.picked], label=number(ranks[pair.picked])),
            blocks.Card(names[pair.unpicked], label="not picked"),
            f"{number(pair.distance)} apart",
        )
        for pair in facts.pairs
    )


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare pairs."""
    return [Section("pairs", make, title="Close pairs", position=40, doc=__doc__ or "")]
