"""The share of pixels that are white, from 0 to 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def measure(gray: npt.NDArray[np.uint8]) -> float:
    """Of the greyscale image, ``(H, W)``. Other views: ``tamis plugins`` lists them."""
    return float((gray == 255).mean())


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare the metric."""
    return [Metric("template.key", measure, doc=__doc__ or "", range=(0, 1))]
