"""Mean uncertainty of keypoints: 1 minus the mean, over a sample's objects, of their mean keypoint confidence.

From 0 to 1. Objects without keypoints are left out; a sample without any has 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl


def score(predictions: Predictions) -> npt.NDArray[np.float64]:
    """For each sample."""
    confidences = predictions.keypoint_means(predictions.keypoints[:, 2])
    known = ~np.isnan(confidences)
    counts = predictions.total(known.astype(np.int64))
    sums = predictions.total(np.where(known, confidences, 0.0))
    return 1 - np.divide(sums, counts, out=np.ones(len(counts)), where=counts > 0)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare mean_uncertainty."""
    return [Scorer("mean_uncertainty", score, task_types=["keypoint-detection"], doc=__doc__ or "")]
