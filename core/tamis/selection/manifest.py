"""The content of ``selection.json``: everything about a run as JSON data."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import attrs
import numpy as np

from tamis.data.kind import Kind
from tamis.declarations.objective import Level, Objective
from tamis.discovery.finding import OWN_DISTRIBUTION
from tamis.discovery.hookspecs import HOOK_API
from tamis.planning.plan import Entry
from tamis.selection.outcome import Outcome
from tamis.selection.recording import Recorded


def manifest(outcome: Outcome, record: Recorded) -> dict[str, Any]:
    """The content of ``selection.json``; ``record`` is what the table holds."""
    taking_part = outcome.lists.taking_part
    return {
        "tamis": version(OWN_DISTRIBUTION),
        "hook_api": HOOK_API,
        "plugins": [
            {"kind": p.kind, "key": p.key, "distribution": p.distribution, "version": p.version}
            for p in outcome.plugins
        ],
        "config": outcome.plan.config,
        "dataset": outcome.dataset.origin,
        "datasets": dict(outcome.others),
        "seeds": outcome.plan.seeds(),
        "counts": _counts(outcome),
        "lists": outcome.lists.record,
        "measured": {"reused": outcome.reused, "computed": len(outcome.lists.rows) - outcome.reused},
        "predictions": {
            read.schema.name: {
                "present": int((read.known & taking_part).sum()),
                "missing": int((read.missing & taking_part).sum()),
                "invalid": int((~read.valid & taking_part).sum()),
                "objects": int(read.counts[taking_part].sum()),
            }
            for read in outcome.predictions
        },
        "embeddings": outcome.embeddings,
        "approximate": outcome.approximate,
        "stopped": outcome.stopped,
        "notes": list(outcome.notes),
        "columns": dict(record.inputs),
        "classes": dict(record.classes),
        "values": dict(record.values),
        "objectives": {entry.path: _objective(outcome, entry) for entry in outcome.terms},
        "levels": {
            entry.path: list(map(_level, levels))
            for entry, term in outcome.terms.items()
            if (levels := term.objective.levels())
        },
        "summaries": dict(_summaries(outcome)),
        "preselected": [outcome.dataset.samples[row] for row in outcome.preselected],
        "excluded": [outcome.dataset.samples[row] for row in outcome.excluded],
        "picks": list(_picks(outcome, record)),
    }


def _counts(outcome: Outcome) -> dict[str, Any]:
    """How many samples were selected, removed and so on; each counts for the first filter that removes it."""
    dataset, masked, by_name = outcome.dataset, len(outcome.excluded), len(outcome.lists.excluded)
    taking_part = len(outcome.lists.rows)
    seen = np.zeros(len(dataset), dtype=bool)
    removed = []
    for removal in outcome.removals:
        new = int(np.count_nonzero(~seen[removal.rows]))
        seen[removal.rows] = True
        removed.append({"path": removal.entry.path, "strategy": removal.entry.strategy.type, "samples": new})
    return {
        "input": len(dataset) + len(dataset.failures),
        "failed": taking_part - len(outcome.usable) - masked + len(dataset.failures),
        "excluded": masked + by_name,
        "not_candidates": len(dataset) - taking_part - by_name,
        "ignored_files": dataset.ignored,
        "ignored_kinds": dict(sorted(dataset.ignored_kinds.items())),
        "preselected": len(outcome.preselected),
        "removed": removed,
        "candidates": len(outcome.pool) * outcome.sequences.length - len(outcome.preselected),
        "asked_for": outcome.limit,
        "selected": len(outcome.picks),
    }


def _objective(outcome: Outcome, entry: Entry) -> dict[str, Any]:
    """What an objective is; if it has a condition, which, and whether candidates were rejected by it."""
    term = outcome.terms[entry]
    additive = term.gains is not None and term.gains.constant
    told: dict[str, Any] = {"strength": term.strength, "quantity": term.objective.quantity, "additive": additive}
    if condition := _condition(term.objective):
        told |= {"condition": condition, "rejected": entry in outcome.rejecting}
    return told


def _condition(objective: Objective) -> str:
    """What its refusal says, if it can refuse at all."""
    if objective.allowed(np.arange(0)) is None:
        return ""
    return objective.refusal or "it is not allowed"


def _level(level: Level) -> dict[str, Any]:
    return {name: value for name, value in attrs.asdict(level).items() if value is not None}


def _summaries(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """A line for each strategy: how many samples it has removed, or what the selection has reached."""
    removed = {removal.entry: len(removal.rows) for removal in outcome.removals}
    there = len(outcome.usable) - len(outcome.preselected)
    for entry in outcome.plan.entries:
        if entry in removed:
            params = " ".join(f"{name}={value}" for name, value in entry.strategy_params.items() if name != "strength")
            yield entry.path, f"keeps {there - removed[entry]:,} of {there:,} samples" + (params and f" ({params})")
        elif entry in outcome.terms and (summary := _summary(outcome.terms[entry].objective)):
            yield entry.path, summary


def _summary(objective: Objective) -> str | None:
    """Its own, or its value."""
    if (summary := objective.summary()) is not None or (value := objective.value()) is None:
        return summary
    return f"{objective.quantity or 'objective'} {value:.4g}"


def _picks(outcome: Outcome, record: Recorded) -> Iterator[dict[str, Any]]:
    """Each pick: what the table has of it, and what it has changed for each objective."""
    samples, paths = outcome.dataset.samples, [entry.path for entry in outcome.terms]
    rows = np.sort(np.array([pick.row for pick in outcome.picks], dtype=np.intp))
    shown = {name for path, name in record.inputs.items() if name in record.columns}
    shown |= {name for named in record.values.values() for name in named.values()}
    cells = {
        name: dict(zip(rows.tolist(), record.columns[name].take(rows).cells(), strict=True)) for name in sorted(shown)
    }
    for rank, pick in enumerate(outcome.picks, start=1):
        near = {path: found for path, found in zip(paths, pick.nearest, strict=True) if found is not None}
        yield {
            "rank": rank,
            "sample": samples[pick.row],
            "values": {path: cells[name][pick.row] for path, name in record.inputs.items() if name in cells},
            "recorded": {
                path: {label: cells[name][pick.row] for label, name in named.items()}
                for path, named in record.values.items()
            },
            "classes": dict(_classes(outcome, pick.row)),
            "before": dict(zip(paths, pick.before, strict=True)),
            "objectives": dict(zip(paths, pick.objectives, strict=True)),
            "levels": {
                path: list(map(_level, levels)) for path, levels in zip(paths, pick.effects, strict=True) if levels
            },
            "nearest": {
                path: {"sample": samples[other], "distance": distance} for path, (other, distance) in near.items()
            },
        }


def _classes(outcome: Outcome, row: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The classes that a sample has, for each input that is a distribution."""
    for entry, column in zip(outcome.plan.entries, outcome.columns, strict=True):
        if column.kind is Kind.DISTRIBUTION:
            amounts = column.values[row]
            yield entry.path, {column.labels[number]: amounts[number].item() for number in np.flatnonzero(amounts)}
