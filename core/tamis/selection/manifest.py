"""The content of ``selection.json``: everything about a run as JSON data."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.data.kind import Kind
from tamis.discovery.finding import OWN_DISTRIBUTION
from tamis.discovery.hookspecs import HOOK_API

if TYPE_CHECKING:
    from tamis.selection.result import Selection


def manifest(selection: Selection) -> dict[str, Any]:
    """See `tamis.Selection.manifest`."""
    names = _column_names(selection)
    return {
        "tamis": version(OWN_DISTRIBUTION),
        "hook_api": HOOK_API,
        "plugins": [
            {"kind": p.kind, "key": p.key, "distribution": p.distribution, "version": p.version}
            for p in selection.plugins
        ],
        "config": selection.plan.config,
        "seeds": selection.plan.seeds(),
        "counts": _counts(selection),
        "measured": {"reused": selection.reused, "computed": len(selection.dataset) - selection.reused},
        "predictions": {
            read.schema.name: {
                "present": int((read.present & read.valid).sum()),
                "missing": int((~read.present & read.valid).sum()),
                "invalid": len(read.reasons),
                "objects": int(read.counts.sum()),
            }
            for read in selection.predictions
        },
        "embeddings": selection.embeddings,
        "stopped": selection.stopped,
        "notes": list(selection.notes),
        "columns": names,
        "objectives": {
            entry.path: {"strength": term.strength, "refusal": term.objective.refusal}
            for entry, term in selection.terms.items()
        },
        "preselected": [selection.dataset.samples[row] for row in selection.preselected],
        "excluded": [selection.dataset.samples[row] for row in selection.excluded],
        "picks": list(_picks(selection, names)),
    }


def _counts(selection: Selection) -> dict[str, Any]:
    """How many samples became what; of those removed, each counts for the first filter that removes it."""
    dataset, excluded = selection.dataset, len(selection.excluded)
    seen = np.zeros(len(dataset), dtype=bool)
    removed = []
    for removal in selection.removals:
        new = int(np.count_nonzero(~seen[removal.rows]))
        seen[removal.rows] = True
        removed.append({"path": removal.entry.path, "strategy": removal.entry.strategy.type, "samples": new})
    return {
        "input": len(dataset) + len(dataset.failures),
        "failed": len(dataset) - len(selection.usable) - excluded + len(dataset.failures),
        "excluded": excluded,
        "ignored_files": dataset.ignored,
        "preselected": len(selection.preselected),
        "removed": removed,
        "candidates": len(selection.pool) - len(selection.preselected),
        "asked_for": selection.limit,
        "selected": len(selection.picks),
    }


def _column_names(selection: Selection) -> dict[str, str]:
    """Under which name the column of each entry is in the table, by path."""
    names = {}
    for entry, column in zip(selection.plan.entries, selection.columns, strict=True):
        apart = f"{column.name}#{entry.path}"
        names[entry.path] = apart if apart in selection.inputs() else column.name
    return names


def _picks(selection: Selection, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Each pick, with what the table has of it, and what each objective made of it."""
    samples, paths = selection.dataset.samples, [entry.path for entry in selection.terms]
    rows = np.sort(np.array([pick.row for pick in selection.picks], dtype=np.intp))
    cells = {
        name: dict(zip(rows.tolist(), column.take(rows).cells(), strict=True))
        for name, column in selection.inputs().items()
        if column.kind in (Kind.SCALAR, Kind.CATEGORY)
    }
    for rank, pick in enumerate(selection.picks, start=1):
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
