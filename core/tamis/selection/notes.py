"""What the user should know about a selection: before its first pick, and of its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.planning.plan import Entry, Plan
from tamis.selection.choosing import chooser_of
from tamis.selection.greedy import Pick
from tamis.selection.outcome import Removal
from tamis.selection.scoring import Term


def of_inputs(plan: Plan, columns: Iterable[Column]) -> Iterator[str]:
    """What inputs say of their values."""
    for entry, column in zip(plan.entries, columns, strict=True):
        yield from (f"{entry.path}.input: {note}" for note in column.notes)


def before(terms: Mapping[Entry, Term], limit: int, lost: Rows, dataset: Dataset) -> Iterator[str]:
    """Which preselected samples are lost, how inputs were taken, and which targets are out of reach."""
    if len(lost):
        which = f"such as {dataset.samples[lost[0]]}"
        yield f"{len(lost)} preselected samples could not be read, or lack a value, and take no part, {which}"
    for entry, term in terms.items():
        yield from (f"{entry.path}.strategy: {note}" for note in term.objective.notes)
        if term.strength > 0 and (short := term.objective.outlook(limit)):
            yield f"{entry.path}.strategy: {short}"


def after(
    plan: Plan, terms: Mapping[Entry, Term], removals: Iterable[Removal], limit: int, candidates: int
) -> Iterator[str]:
    """Which strategies were left out, what was missed, and whether there were as many candidates as asked for."""
    for entry in plan.entries:
        if not entry.strength:
            yield f"{entry.path}.strategy.strength: 0 leaves this strategy out"
    for entry, term in terms.items():
        if missed := term.objective.shortfall():
            yield f"{entry.path}.strategy: {missed}"
    if limit == 0:
        yield "0 samples were asked for, and none is selected"
    elif candidates < limit:
        removed = ", ".join(f"{each.entry.path} removes {len(each.rows)}" for each in removals if len(each.rows))
        too_few = f"{limit} asked for, and only {candidates} left to choose from"
        yield f"{too_few}: {removed}" if removed else too_few
    elif not terms and candidates > limit:
        yield (
            f"no strategy says which of the {candidates} candidates to prefer: the first {limit} in input order "
            "are selected; add RANDOM with WEIGHTS for a random choice"
        )


def without_gain(terms: Mapping[Entry, Term], picks: Sequence[Pick]) -> Iterator[str]:
    """From which pick to the last all products are 0, and which strategies make them so.

    The first pick tells nothing: what is about pairs of picked samples is 0 with it, and was no reason for it.
    """
    if chooser_of(list(terms.values())):
        return
    factors = [(number, entry) for number, (entry, term) in enumerate(terms.items()) if term.strength > 0]
    zero_in = (
        [entry.path for number, entry in factors if each.objectives[number] == 0] for each in reversed(picks[1:])
    )
    zero = list(takewhile(bool, zero_in))
    if zero:
        where = ", ".join(f"{path}.strategy" for path in zero[0])
        product = ", and so is the product of all strategies" if len(terms) > 1 else ""
        first = len(picks) - len(zero) + 1
        yield f"{where}: 0 from pick {first} on, whatever is picked{product}: these picks are in input order"


def approximate(told: Mapping[str, Any]) -> str:
    """That a selection is not the exact one, and what is known of it."""
    parts = [
        f"{path}: " + ", ".join(f"{name} {number:.4g}" for name, number in numbers.items() if number is not None)
        for path, numbers in told["reached"].items()
    ]
    how = []
    if "shards" in told:
        how.append(f"picked from the {told['looked_at_together']} best of {told['shards']} shards")
    if "recall" in told:
        found = [numbers["recall"] for numbers in told["reached"].values() if "recall" in numbers]
        short = ", which was not reached" if found and min(found) < told["recall"] else ""
        how.append(
            f"neighbours to a recall of {told['recall']:g}{short}" if found else "no strategy looks for neighbours"
        )
    return f"approximate: {', '.join(how)}; {'; '.join(parts)}"


def unmet(removal: Removal, column: Column, kept: str) -> str:
    """Over what the values range that a filter has seen, where nothing is left.

    Args:
        removal: What it removes.
        column: The samples that it has seen.
        kept: What it keeps, in words.
    """
    there, left = len(column), len(column) - len(removal.rows)
    meets = f"{left} of {there} samples are {kept}" if left else f"no sample is {kept}"
    if column.kind is not Kind.SCALAR:
        return f"{removal.entry.path}: of {column.name}, {meets}"
    low, high = np.min(column.values), np.max(column.values)
    over = f"is {low:.6g} in all of them" if low == high else f"ranges from {low:.6g} to {high:.6g}"
    return f"{removal.entry.path}: {column.name} {over}, and {meets}"
