"""Objectness least confidence: 1 minus the mean score of a sample's objects, from 0 to 1; 0 if it has none."""

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
