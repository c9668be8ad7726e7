"""Object frequency: many objects, of many categories.

Each category that occurs in a sample counts 1, and 0.25 more for each further object of it. The sums are scaled over
the whole dataset, from its smallest to its largest sum, to 0.9..1; if all are equal, to 1. It is therefore relative:
the same prediction scores differently among others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl

PENALTY = 0.25
LEAST = 0.9


def frequency(counts: npt.NDArray[np.int64], among: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """``(n,)`` of the ``(n, C)`` objects of each category, scaled by the ``(n,)`` samples that are compared."""
    sums = np.where(counts > 0, 1 + PENALTY * (counts - 1), 0.0).sum(axis=1)
    low, high = sums[among].min(initial=np.inf), sums[among].max(initial=-np.inf)
    if not low < high:
        return np.ones(len(sums))
    scores: npt.NDArray[np.float64] = np.interp(sums, [low, high], [LEAST, 1.0])
    return scores


def score(predictions: Predictions) -> npt.NDArray[np.float64]:
    """For each sample."""
    classes = len(predictions.schema.category_ids)
    counts = np.bincount(
        predictions.rows * classes + predictions.categories, minlength=len(predictions) * classes
    ).reshape(-1, classes)
    return frequency(counts, among=predictions.present & predictions.valid)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare object_frequency."""
    types = ["object-detection", "instance-segmentation"]
    return [Scorer("object_frequency", score, task_types=types, doc=__doc__ or "")]
