"""Objectness least confidence: 1 minus the mean score of a sample's objects, from 0 to 1; 0 if it has none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl


def score(predictions: Predictions) -> npt.NDArray[np.float64]:
    """For each sample."""
    counts = predictions.counts
    means = np.divide(predictions.total(predictions.scores), counts, out=np.ones(len(counts)), where=counts > 0)
    return 1 - means


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare objectness_least_confidence."""
    types = ["object-detection", "instance-segmentation"]
    return [Scorer("objectness_least_confidence", score, task_types=types, doc=__doc__ or "")]
