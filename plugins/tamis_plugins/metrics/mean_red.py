"""Mean of the red channel, from 0 to 1: the mean over all pixels of the 8-bit value divided by 255.

Equals ``mean[0]`` of lightly-utils 0.0.2 on RGB images; other modes are converted to RGB first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def mean_red(moments: npt.NDArray[np.int64]) -> float:
    """From the sum of the channel."""
    count, total, _ = moments[0].tolist()
    return float(total / count / 255)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.meanRed."""
    return [Metric("lightly.meanRed", mean_red, doc=__doc__ or "", range=(0, 1))]
