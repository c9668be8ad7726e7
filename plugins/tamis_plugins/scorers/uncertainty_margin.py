"""Margin, or how close the second most probable category comes to the most probable.

It is 1 minus the difference of the two largest probabilities, ``p1`` and ``p2``:

    margin = 1 - (p1 - p2)

The range is 0 to 1. Low values mean samples with one clear category: it is certain at 0. High values mean samples near
a decision boundary: two categories or more are equally likely at 1.

The score of a sample depends on the type of task:

- classification, object detection and instance segmentation: the largest of its objects.
- keypoint detection: the largest of its objects, of which each has the mean over its keypoints. A keypoint is a choice
  between two categories, visible and not, by its confidence.
- semantic segmentation: the mean over its segments, weighted by their pixels.

A sample without objects has 0. An object without probabilities gets its score on its own category, and the rest evenly
on the others. A task with a single category is a choice between that category and none.

References:
    Scheffer, T., Decomain, C., Wrobel, S. (2001). Active hidden Markov models for information extraction. Advances in
    Intelligent Data Analysis, Lecture Notes in Computer Science 2189, 309-318.
    <https://doi.org/10.1007/3-540-44816-0_31>

    Settles, B. (2009). Active learning literature survey, section 3.1. Computer Sciences Technical Report 1648,
    University of Wisconsin-Madison.

    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/classification.py``.

Examples:
    The second vector has ``1 - (0.7 - 0.2)``.

    >>> import numpy as np
    >>> from tamis_plugins.scorers.uncertainty_margin import margin
    >>> margin(np.array([[1, 0, 0], [0.7, 0.2, 0.1], [0.5, 0.5, 0]]))
    array([0. , 0.5, 1. ])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl
from tamis_plugins.objects.uncertainty import TASK_TYPES, by_sample

Floats = npt.NDArray[np.float64]


def margin(p: Floats) -> Floats:
    """``(m,)`` of ``(m, C)`` class vectors."""
    largest = np.partition(p, -2, axis=1)
    found: Floats = 1 - (largest[:, -1] - largest[:, -2])
    return found.clip(0, 1)


def score(predictions: Predictions) -> Floats:
    """For each sample."""
    return by_sample(predictions, margin)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare uncertainty_margin."""
    return [Scorer("uncertainty_margin", score, task_types=TASK_TYPES, doc=__doc__ or "")]
