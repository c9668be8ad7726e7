"""Next in line: the samples that would have come next when the selection ended, and why they did not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.least import least
from tamis_plugins.statistics.reasons import reasons

#: How many.
SHOWN = 24


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """The first in line of those not selected."""
    chosen = subject.once(Facts.of).chosen
    if chosen is None or (column := chosen.standings.columns.get("in_line")) is None:
        return
    places = np.flatnonzero(column.valid)
    first = places[least(column.values[places], SHOWN)]
    rows = chosen.selection.standing_rows[first]
    if not len(rows):
        return
    selection = chosen.selection
    cards = [
        blocks.Card(subject.samples[row], label=f"+{place}", reasons=reasons(selection, selection.samples[row]))
        for place, row in enumerate(rows.tolist(), start=1)
    ]
    told = "These were not picked, and stood first in line when the selection ended; their order is an estimate."
    yield blocks.Gallery(cards, told=told, small=True)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare next."""
    return [Section("next", make, title="Next in line", position=30, doc=__doc__ or "")]
