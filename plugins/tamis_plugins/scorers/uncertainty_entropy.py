"""Entropy: how evenly probability is spread over all categories.

``-sum(p * log2 p) / log2 C`` for C categories, from 0 (one category is certain) to 1 (all are equally likely). Over the
objects of a sample as `tamis_plugins.uncertainty` says: the largest, for most task types. No object: 0. The score that
Lightly recommends in general.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl
from tamis_plugins.uncertainty import TASK_TYPES, by_sample

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
