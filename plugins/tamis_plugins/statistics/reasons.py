"""Why a sample was, or was not, selected."""

from __future__ import annotations

from tamis import Selection


def reasons(selection: Selection, sample: str) -> list[str]:
    """A line on what became of it, and one for each strategy that had a say in it."""
    return [line.strip() for line in selection.explain(sample).split("\n")]
