"""Least confidence, or how far the largest probability is from certainty.

For the probabilities ``p`` of C categories it is divided by its largest value:

    least_confidence = (1 - max(p)) / (1 - 1 / C)

The range is 0 to 1. Low values mean samples that the model is sure of: one category is certain at 0. High values mean
samples whose best guess is a weak one: all categories are equally likely at 1.

The score of a sample depends on the type of task:

- classification, object detection and instance segmentation: the largest of its objects.
- keypoint detection: the largest of its objects, of which each has the mean over its keypoints. A keypoint is a choice
  between two categories, visible and not, by its confidence.
- semantic segmentation: the mean over its segments, weighted by their pixels.

A sample without objects has 0. An object without probabilities gets its score on its own category, and the rest evenly
on the others. A task with a single category is a choice between that category and none.

References:
    Culotta, A., McCallum, A. (2005). Reducing labeling effort for structured prediction tasks. Proceedings of the 20th
    National Conference on Artificial Intelligence (AAAI), 746-751.

    Settles, B. (2009). Active learning literature survey, section 3.1. Computer Sciences Technical Report 1648,
    University of Wisconsin-Madison.

    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/classification.py``.

Examples:
    The second vector has ``(1 - 0.7) / (1 - 1 / 3) = 0.3 * 3 / 2``.

    >>> import numpy as np
    >>> from tamis_plugins.scorers.uncertainty_least_confidence import least_confidence
    >>> least_confidence(np.array([[1, 0, 0], [0.7, 0.2, 0.1], [0.5, 0.5, 0]]))
    array([0.  , 0.45, 0.75])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl
from tamis_plugins.objects.uncertainty import TASK_TYPES, by_sample

Floats = npt.NDArray[np.float64]


def least_confidence(p: Floats) -> Floats:
    """``(m,)`` of ``(m, C)`` class vectors."""
    found: Floats = (1 - p.max(axis=1, initial=0)) / (1 - 1 / p.shape[1])
    return found.clip(0, 1)


def score(predictions: Predictions) -> Floats:
    """For each sample."""
    return by_sample(predictions, least_confidence)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare uncertainty_least_confidence."""
    return [Scorer("uncertainty_least_confidence", score, task_types=TASK_TYPES, doc=__doc__ or "")]
