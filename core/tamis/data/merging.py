"""Predictions of several groups of samples as those of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from tamis.data.polygons import Polygons
from tamis.data.predictions import Ints, Predictions
from tamis.data.predictions_builder import PredictionsBuilder
from tamis.data.regrouping import regrouped
from tamis.data.task_schema import TaskSchema

#: What there is of objects, and what says which object it is of.
_VALUES = (
    "categories",
    "scores",
    "has_probabilities",
    "probabilities",
    "boxes",
    "areas",
    "relative",
    "keypoints",
    "runs",
)
_OFFSETS = ("keypoint_offsets", "run_offsets")


def merged(schema: TaskSchema, samples: int, parts: Sequence[tuple[Ints, Predictions]]) -> Predictions:
    """One table of predictions out of those of disjoint groups of samples.

    Args:
        schema: The task. Its categories are those of every part, in the same order.
        samples: How many samples there are in all.
        parts: The rows of a group's samples among all, ascending, and their predictions. Samples in no group have none.
    """
    if not parts:
        return PredictionsBuilder(schema, samples).build()
    owners = np.concatenate([np.empty(0, np.int64), *(rows[part.rows] for rows, part in parts)])
    present = np.zeros(samples, dtype=bool)
    for rows, part in parts:
        present[rows] = part.present
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for _, part in parts]) for name in _VALUES}
    columns |= {name: _offsets([getattr(part, name) for _, part in parts]) for name in _OFFSETS}
    together = Predictions(
        schema=schema,
        offsets=np.array([0, len(owners)]),
        present=present,
        reasons={int(rows[row]): reason for rows, part in parts for row, reason in part.reasons.items()},
        orphans=tuple(orphan for _, part in parts for orphan in part.orphans),
        where=", ".join(dict.fromkeys(part.where for _, part in parts if part.where)),
        notes=tuple(note for _, part in parts for note in part.notes),
        polygons=Polygons.concatenated([part.polygons for _, part in parts]),
        dropped={},  # none is, before they are fitted to their images
        **columns,
    )
    return regrouped(together, np.argsort(owners, kind="stable"), np.bincount(owners, minlength=samples))


def renamed(predictions: Predictions, name: str) -> Predictions:
    """The same predictions as those of a task of another name."""
    return attrs.evolve(predictions, schema=attrs.evolve(predictions.schema, name=name))


def _offsets(parts: Sequence[Ints]) -> Ints:
    """One after the other."""
    return np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part) for part in parts]))])
