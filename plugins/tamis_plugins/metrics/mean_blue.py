"""Mean of the blue channel, from 0 to 1: the mean over all pixels of the 8-bit value divided by 255.

Equals ``mean[2]`` of lightly-utils 0.0.2 on RGB images; other modes are converted to RGB first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def mean_blue(moments: npt.NDArray[np.int64]) -> float:
    """From the sum of the channel."""
    count, total, _ = moments[2].tolist()
    return float(total / count / 255)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.meanBlue."""
    return [Metric("lightly.meanBlue", mean_blue, doc=__doc__ or "", range=(0, 1))]
