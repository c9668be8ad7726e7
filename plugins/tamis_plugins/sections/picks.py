"""Picks: the selected samples in the order picked, each with its picture, boxes of predictions, and why it is there."""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Params, Section, Selection, Subject, blocks, hookimpl
from tamis_plugins.statistics.reasons import reasons


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """As many as the page has room for."""
    if subject.selection is None:
        return
    total = len(subject.selection.selected)
    if not total:
        yield blocks.Text("No sample was selected.")
        return
    cards = _cards(subject, subject.selection)
    yield blocks.Gallery(cards, total=total, told="In the order picked.", rest="selected.txt has all", fills=True)


def _cards(subject: Subject, selection: Selection) -> Iterator[blocks.Card]:
    for rank, row in enumerate(subject.picked.tolist(), start=1):
        # The first line says what became of it, as its label does.
        why = reasons(selection, selection.samples[row])[1:]
        yield blocks.Card(subject.samples[row], label=f"{rank:,}", reasons=why)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare picks."""
    return [Section("picks", make, title="Picks", position=20, doc=__doc__ or "")]
