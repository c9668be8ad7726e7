"""From the uncertainty of class vectors to one number for each sample, by task type.

Measures are those of Lightly's active-learning scorers, normalised to 0 for a one-hot vector and 1 for a uniform one.
An object without a class vector gets its score on its own category and the rest spread evenly over the others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tamis import Predictions

Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats], Floats]

TASK_TYPES = (
    "classification",
    "object-detection",
    "keypoint-detection",
    "instance-segmentation",
    "semantic-segmentation",
)


def by_sample(predictions: Predictions, measure: Measure) -> Floats:
    """``(n,)`` the measure of each sample's predictions, 0 where there are none.

    Classification, object detection and instance segmentation: the largest over the objects. Keypoint detection: each
    keypoint is a choice between visible and not, by its confidence; the mean over an object's keypoints, and of these
    the largest. Semantic segmentation: the mean over the segments, weighted by their pixels.
    """
    task_type = predictions.schema.task_type
    if task_type == "keypoint-detection":
        of_objects = predictions.keypoint_means(measure(_binary(predictions.keypoints[:, 2:])))
        return predictions.largest(np.nan_to_num(of_objects))
    vectors = predictions.class_vectors(spread=True)
    of_objects = measure(_binary(vectors) if vectors.shape[1] == 1 else vectors)
    if task_type == "semantic-segmentation":
        pixels = predictions.total(predictions.areas)
        weighted = predictions.total(of_objects * predictions.areas)
        return np.divide(weighted, pixels, out=np.zeros_like(weighted), where=pixels > 0)
    return predictions.largest(of_objects)


def _binary(p: Floats) -> Floats:
    """``(m, 2)`` the vectors of a yes with probability p, and a no."""
    return np.concatenate([p, 1 - p], axis=1)
