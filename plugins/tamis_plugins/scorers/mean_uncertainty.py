"""Mean uncertainty of keypoints, or how unsure the model is of where they are.

It is taken over a sample's objects, of which each has the mean confidence of its keypoints:

    mean_uncertainty = 1 - mean(mean(confidences of an object's keypoints) for each object)

The range is 0 to 1. Objects without keypoints are left out. A sample without any other has 0. Low values mean samples
whose keypoints the model is sure of, and samples without keypoints. High values mean hidden, cropped or unusual poses.

References:
    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/keypoint_detection.py``, ``_mean_uncertainty``.

Examples:
    The first sample has two objects. The keypoints of the one have the confidences 0.2 and 0.4, and that of the other
    has 0.7. The mean of 0.3 and 0.7 is 0.5. The second sample has no object.

    >>> import numpy as np
    >>> from tamis import Predictions, TaskSchema
    >>> from tamis_plugins.scorers.mean_uncertainty import score
    >>> predictions = Predictions(
    ...     schema=TaskSchema("pose", "keypoint-detection", (0,), ("person",)),
    ...     offsets=np.array([0, 2, 2]),  # where the objects of each sample start, and where the last ones end
    ...     present=np.array([True, True]),
    ...     keypoint_offsets=np.array([0, 2, 3]),  # the same of the keypoints of each object
    ...     keypoints=np.array([[10, 10, 0.2], [20, 10, 0.4], [30, 10, 0.7]]),  # x, y, confidence
    ...     categories=np.zeros(2, int),
    ...     scores=np.full(2, 0.5),
    ...     has_probabilities=np.zeros(2, bool),
    ...     probabilities=np.zeros((0, 1)),
    ...     boxes=np.zeros((2, 4)),
    ...     areas=np.zeros(2),
    ...     run_offsets=np.zeros(3, int),
    ...     runs=np.zeros(0, int),
    ... )
    >>> score(predictions)
    array([0.5, 0. ])
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
