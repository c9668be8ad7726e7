"""What may stand beside a strategy that chooses the whole selection at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tamis.discovery.registry import Registry
from tamis.errors import Problem
from tamis.planning.plan import Entry
from tamis.planning.remedies import either, strategies


def chooser_problems(entries: Sequence[Entry], registry: Registry) -> Iterator[Problem]:
    """Objectives that don't go with it. All strategies are loaded, to say which do."""
    taking_part = [entry for entry in entries if entry.strategy.objective and entry.strength]
    chooser = next((entry for entry in taking_part if entry.strategy.chooses), None)
    for entry in taking_part:
        if chooser is None or entry is chooser or entry.strategy.additive:
            continue
        what = "chooses the whole selection at once, and takes of the others a number for each sample"
        fitting = [each.type for each in strategies(registry) if each.additive or each.filter]
        message = f"{entry.strategy.type} can't be combined with {chooser.strategy.type}, which {what}"
        message += f": with it go {either(fitting)}" if fitting else ""
        yield Problem(f"{entry.path}.strategy", message)
