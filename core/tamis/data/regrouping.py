"""Objects of predictions, some of them or in another order, with all that is of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from tamis.data.predictions import Ints, Predictions


def regrouped(predictions: Predictions, objects: Ints, counts: Ints) -> Predictions:
    """The predictions with these objects.

    Args:
        predictions: Their samples may be others: only their objects are looked at.
        objects: Which, in the order of the samples that they are of.
        counts: ``(n,)`` how many of them each sample has.
    """
    keypoints, keypoint_offsets = _taken(predictions.keypoints, predictions.keypoint_offsets, objects)
    runs, run_offsets = _taken(predictions.runs, predictions.run_offsets, objects)
    vectors = np.cumsum(predictions.has_probabilities) - 1
    return attrs.evolve(
        predictions,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        categories=predictions.categories[objects],
        scores=predictions.scores[objects],
        has_probabilities=predictions.has_probabilities[objects],
        probabilities=predictions.probabilities[vectors[objects[predictions.has_probabilities[objects]]]],
        boxes=predictions.boxes[objects],
        keypoint_offsets=keypoint_offsets,
        keypoints=keypoints,
        areas=predictions.areas[objects],
        run_offsets=run_offsets,
        runs=runs,
        relative=predictions.relative[objects],
        polygons=predictions.polygons.take(objects),
    )


def of_rows(predictions: Predictions, rows: Ints) -> Predictions:
    """The predictions of some samples only, in this order; what they say of the whole, such as notes, stays."""
    counts = predictions.counts[rows]
    before = np.cumsum(counts) - counts
    objects = np.arange(counts.sum()) + np.repeat(predictions.offsets[rows] - before, counts)
    return attrs.evolve(
        regrouped(predictions, objects, counts),
        present=predictions.present[rows],
        reasons=_of_rows(predictions.reasons, rows),
        dropped=_of_rows(predictions.dropped, rows),
    )


def _of_rows(texts: Mapping[int, str], rows: Ints) -> dict[int, str]:
    """What is said of some samples, by their new rows."""
    return {new: texts[row] for new, row in enumerate(rows.tolist()) if row in texts}


def _taken(values: Any, offsets: Ints, objects: Ints) -> tuple[Any, Ints]:
    """What belongs to each of some objects, and offsets."""
    counts = np.diff(offsets)[objects]
    taken = np.concatenate([[0], np.cumsum(counts)])
    positions = np.arange(taken[-1]) + np.repeat(offsets[objects] - taken[:-1], counts)
    return values[positions], taken
