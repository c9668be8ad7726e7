"""Least confidence: how far the largest class probability is from certainty.

``(1 - max p) / (1 - 1 / C)`` for C categories, from 0 (one category is certain) to 1 (all are equally likely). Over the
objects of a sample as `tamis_plugins.objects.uncertainty` says: the largest, for most task types. No object: 0.
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
