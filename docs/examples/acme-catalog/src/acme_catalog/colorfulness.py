"""Colourfulness after Hasler and Süsstrunk (2003), "Measuring colourfulness in natural images".

Over all pixels, ``sqrt(std(rg)**2 + std(yb)**2) + 0.3 * sqrt(mean(rg)**2 + mean(yb)**2)`` of the opponent channels
``rg = R - G`` and ``yb = (R + G) / 2 - B``. 0 is grey; the authors call 33 moderately and 82 highly colourful.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def colorfulness(acme_opponents: npt.NDArray[np.float32]) -> float:
    """From the opponent channels, which other metrics may share."""
    deviations = acme_opponents.std(axis=(1, 2), dtype=np.float64)
    means = acme_opponents.mean(axis=(1, 2), dtype=np.float64)
    return math.hypot(*deviations) + 0.3 * math.hypot(*means)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare acme.colorfulness."""
    return [Metric("acme.colorfulness", colorfulness, doc=__doc__ or "", range=(0, None))]
