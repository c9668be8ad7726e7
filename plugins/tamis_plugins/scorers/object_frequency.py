"""Object frequency, or how many objects of how many categories a sample has.

Each category that occurs in a sample counts 1, and 0.25 more for each further object of it. The sums are then scaled
linearly over the dataset:

    sum   = sum over the categories that occur of 1 + 0.25 * (objects - 1)
    score = 0.9 + 0.1 * (sum - smallest) / (largest - smallest)

``smallest`` and ``largest`` are those of all samples with a valid prediction. If the two are equal, every sample has 1.

The range is 0.9 to 1. Low values mean samples with few objects, or with many of the same category. High values mean
crowded samples of many categories. The score is relative: the same prediction scores differently among others. A sample
without a prediction file has 0 in the SCORES input.

References:
    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/detection.py``, ``_object_frequency``.

Examples:
    The first sample has a car and a bus, the second one three cars, and the third one nothing. Their sums are 2,
    ``1 + 0.25 + 0.25 = 1.5`` and 0.

    >>> import numpy as np
    >>> from tamis_plugins.scorers.object_frequency import frequency
    >>> cars_and_buses = np.array([[1, 1], [3, 0], [0, 0]])
    >>> frequency(cars_and_buses, among=np.array([True, True, True]))
    array([1.   , 0.975, 0.9  ])
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
    return frequency(counts, among=predictions.known)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare object_frequency."""
    types = ["object-detection", "instance-segmentation"]
    return [Scorer("object_frequency", score, task_types=types, doc=__doc__ or "")]
