"""Predictions of several groups of samples as those of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from tamis.data.polygons import Polygons
from tamis.data.predictions import Ints, Predictions
from tamis.data.predictions_builder import PredictionsBuilder
from tamis.data.task_schema import TaskSchema

#: What there is of each object.
_OF_OBJECTS = ("categories", "scores", "has_probabilities", "boxes", "areas", "relative")


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
    order = np.argsort(owners, kind="stable")
    present = np.zeros(samples, dtype=bool)
    for rows, part in parts:
        present[rows] = part.present
    counts = np.bincount(owners, minlength=samples)
    together = {name: np.concatenate([getattr(part, name) for _, part in parts]) for name in _OF_OBJECTS}
    vectors = np.cumsum(together["has_probabilities"]) - 1
    given = order[together["has_probabilities"][order]]
    keypoints, keypoint_offsets = _regrouped([(part.keypoints, part.keypoint_offsets) for _, part in parts], order)
    runs, run_offsets = _regrouped([(part.runs, part.run_offsets) for _, part in parts], order)
    return Predictions(
        schema=schema,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        present=present,
        reasons={int(rows[row]): reason for rows, part in parts for row, reason in part.reasons.items()},
        orphans=tuple(orphan for _, part in parts for orphan in part.orphans),
        where=", ".join(dict.fromkeys(part.where for _, part in parts if part.where)),
        notes=tuple(note for _, part in parts for note in part.notes),
        polygons=Polygons.concatenated([part.polygons for _, part in parts]).take(order),
        dropped={},  # none is, before they are fitted to their images
        **{name: values[order] for name, values in together.items()},
        probabilities=np.concatenate([part.probabilities for _, part in parts])[vectors[given]],
        keypoints=keypoints,
        keypoint_offsets=keypoint_offsets,
        runs=runs,
        run_offsets=run_offsets,
    )


def renamed(predictions: Predictions, name: str) -> Predictions:
    """The same predictions as those of a task of another name."""
    return attrs.evolve(predictions, schema=attrs.evolve(predictions.schema, name=name))


def _regrouped(parts: Sequence[tuple[Any, Ints]], order: Ints) -> tuple[Any, Ints]:
    """What belongs to each object, and offsets, when objects come in another order."""
    values = np.concatenate([values for values, _ in parts])
    counts = np.concatenate([np.diff(offsets) for _, offsets in parts])
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1][order]
    offsets = np.concatenate([[0], np.cumsum(counts[order])])
    positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts[order])
    return values[positions], offsets
