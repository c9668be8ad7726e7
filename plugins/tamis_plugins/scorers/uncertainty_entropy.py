"""Entropy, or how evenly the probability is spread over all categories.

For the probabilities ``p`` of C categories it is Shannon's entropy, divided by its largest value:

    entropy = -sum(p * log2(p)) / log2(C)

The range is 0 to 1. Low values mean samples that the model is sure of: one category is certain at 0. High values mean
samples that a label would teach most about: all categories are equally likely at 1. It is the score that Lightly
recommends in general.

The score of a sample depends on the type of task:

- classification, object detection and instance segmentation: the largest of its objects.
- keypoint detection: the largest of its objects, of which each has the mean over its keypoints. A keypoint is a choice
  between two categories, visible and not, by its confidence.
- semantic segmentation: the mean over its segments, weighted by their pixels.

A sample without objects has 0. An object without probabilities gets its score on its own category, and the rest evenly
on the others. A task with a single category is a choice between that category and none.

References:
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27(3), 379-423.
    <https://doi.org/10.1002/j.1538-7305.1948.tb01338.x>

    Settles, B. (2009). Active learning literature survey, section 3.1. Computer Sciences Technical Report 1648,
    University of Wisconsin-Madison.

    Lightly. lightly 1.4.6 (MIT), ``lightly/active_learning/scorers/classification.py``.

Examples:
    The second vector has ``0.5 * 1 + 0.25 * 2 + 0.25 * 2 = 1.5`` bits out of ``log2(4) = 2``.

    >>> import numpy as np
    >>> from tamis_plugins.scorers.uncertainty_entropy import entropy
    >>> entropy(np.array([[1, 0, 0, 0], [0.5, 0.25, 0.25, 0], [0.25, 0.25, 0.25, 0.25]]))
    array([0.  , 0.75, 1.  ])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl
from tamis_plugins.objects.uncertainty import TASK_TYPES, by_sample

Floats = npt.NDArray[np.float64]


def entropy(p: Floats) -> Floats:
    """``(m,)`` of ``(m, C)`` class vectors."""
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    found: Floats = (0 - (p * logs).sum(axis=1)) / np.log2(p.shape[1])  # 0 minus: a bare minus makes -0 of 0
    return found.clip(0, 1)


def score(predictions: Predictions) -> Floats:
    """For each sample."""
    return by_sample(predictions, entropy)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare uncertainty_entropy."""
    return [Scorer("uncertainty_entropy", score, task_types=TASK_TYPES, doc=__doc__ or "")]
