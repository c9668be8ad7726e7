"""The content of ``selection.json``: everything about a run as JSON data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.discovery.finding import OWN_DISTRIBUTION
from tamis.discovery.hookspecs import HOOK_API
from tamis.results.selection import inputs_by_name
from tamis.selection.outcome import Outcome


def manifest(outcome: Outcome) -> dict[str, Any]:
    """The content of ``selection.json``."""
    inputs = inputs_by_name(outcome.columns)
    names = _column_names(outcome, inputs)
    return {
        "tamis": version(OWN_DISTRIBUTION),
        "hook_api": HOOK_API,
        "plugins": [
            {"kind": p.kind, "key": p.key, "distribution": p.distribution, "version": p.version}
            for p in outcome.plugins
        ],
        "config": outcome.plan.config,
        "dataset": outcome.dataset.origin,
        "seeds": outcome.plan.seeds(),
        "counts": _counts(outcome),
        "measured": {"reused": outcome.reused, "computed": len(outcome.dataset) - outcome.reused},
        "predictions": {
            read.schema.name: {
                "present": int((read.present & read.valid).sum()),
                "missing": int((~read.present & read.valid).sum()),
                "invalid": len(read.reasons),
                "objects": int(read.counts.sum()),
            }
            for read in outcome.predictions
        },
        "embeddings": outcome.embeddings,
        "stopped": outcome.stopped,
        "notes": list(outcome.notes),
        "columns": names,
        "objectives": {
            entry.path: {"strength": term.strength, "refusal": term.objective.refusal}
            for entry, term in outcome.terms.items()
        },
        "preselected": [outcome.dataset.samples[row] for row in outcome.preselected],
        "excluded": [outcome.dataset.samples[row] for row in outcome.excluded],
        "picks": list(_picks(outcome, inputs, names)),
    }


def _counts(outcome: Outcome) -> dict[str, Any]:
    """How many samples became what; of those removed, each counts for the first filter that removes it."""
    dataset, excluded = outcome.dataset, len(outcome.excluded)
    seen = np.zeros(len(dataset), dtype=bool)
    removed = []
    for removal in outcome.removals:
        new = int(np.count_nonzero(~seen[removal.rows]))
        seen[removal.rows] = True
        removed.append({"path": removal.entry.path, "strategy": removal.entry.strategy.type, "samples": new})
    return {
        "input": len(dataset) + len(dataset.failures),
        "failed": len(dataset) - len(outcome.usable) - excluded + len(dataset.failures),
        "excluded": excluded,
        "ignored_files": dataset.ignored,
        "ignored_kinds": dict(sorted(dataset.ignored_kinds.items())),
        "preselected": len(outcome.preselected),
        "removed": removed,
        "candidates": len(outcome.pool) - len(outcome.preselected),
        "asked_for": outcome.limit,
        "selected": len(outcome.picks),
    }


def _column_names(outcome: Outcome, inputs: Mapping[str, Column]) -> dict[str, str]:
    """Under which name the column of each entry is in the table, by path."""
    names = {}
    for entry, column in zip(outcome.plan.entries, outcome.columns, strict=True):
        apart = f"{column.name}#{entry.path}"
        names[entry.path] = apart if apart in inputs else column.name
    return names


def _picks(outcome: Outcome, inputs: Mapping[str, Column], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each pick, with what the table has of it, and what each objective made of it."""
    samples, paths = outcome.dataset.samples, [entry.path for entry in outcome.terms]
    rows = np.sort(np.array([pick.row for pick in outcome.picks], dtype=np.intp))
    cells = {
        name: dict(zip(rows.tolist(), column.take(rows).cells(), strict=True))
        for name, column in inputs.items()
        if column.kind in (Kind.SCALAR, Kind.CATEGORY)
    }
    for rank, pick in enumerate(outcome.picks, start=1):
        near = {path: found for path, found in zip(paths, pick.nearest, strict=True) if found is not None}
        yield {
            "rank": rank,
            "sample": samples[pick.row],
            "values": {path: cells[name][pick.row] for path, name in names.items() if name in cells},
            "before": dict(zip(paths, pick.before, strict=True)),
            "objectives": dict(zip(paths, pick.objectives, strict=True)),
            "nearest": {
                path: {"sample": samples[other], "distance": distance} for path, (other, distance) in near.items()
            },
        }
