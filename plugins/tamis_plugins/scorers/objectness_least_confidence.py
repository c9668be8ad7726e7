"""Objectness least confidence, or how unsure the model is of the objects that it found.

It is taken over the scores of a sample's objects:

    objectness_least_confidence = 1 - mean(scores)

The range is 0 to 1. A sample without objects has 0. Low values mean samples that the model is sure of, and samples in
which it found nothing. High values mean samples in which it is unsure whether there are objects, or of which category.

References:
    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/detection.py``, ``_objectness_least_confidence``.

Examples:
    The first sample has objects of the scores 0.9 and 0.5, whose mean is 0.7. The second one has an object of 0.25, and
    the third one has none.

    >>> import numpy as np
    >>> from tamis_plugins.scorers.objectness_least_confidence import least_confidence
    >>> least_confidence(sums=np.array([0.9 + 0.5, 0.25, 0]), counts=np.array([2, 1, 0]))
    array([0.3 , 0.75, 0.  ])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl


def least_confidence(sums: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """``(n,)`` of the sum of scores and the count of objects of each sample."""
    return 1 - np.divide(sums, counts, out=np.ones(len(counts)), where=counts > 0)


def score(predictions: Predictions) -> npt.NDArray[np.float64]:
    """For each sample."""
    return least_confidence(predictions.total(predictions.scores), predictions.counts)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare objectness_least_confidence."""
    types = ["object-detection", "instance-segmentation"]
    return [Scorer("objectness_least_confidence", score, task_types=types, doc=__doc__ or "")]
