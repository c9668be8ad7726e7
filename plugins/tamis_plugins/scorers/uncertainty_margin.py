"""Margin: how close the second most probable category comes to the most probable.

``1 - (p1 - p2)`` for the two largest class probabilities, from 0 (one category is certain) to 1 (two are equally
likely, or more). Over the objects of a sample as `tamis_plugins.objects.uncertainty` says: the largest, for most
task types. No object: 0.
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
