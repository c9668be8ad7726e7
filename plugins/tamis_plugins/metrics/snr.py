"""Signal-to-noise ratio: mean of all colour values divided by their standard deviation.

Over the values of all pixels and all three channels together, population standard deviation; 0 where that is 0.
Equals lightly-utils 0.0.2 on RGB images. Other modes are converted to RGB first, where that package would count
an alpha channel or palette indices as colour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.deviation import deviation


def snr(moments: npt.NDArray[np.int64]) -> float:
    """From the sums of all channels together."""
    n, total, squares = (sum(column) for column in zip(*moments.tolist(), strict=True))
    noise = deviation(n, total, squares)
    return total / n / noise if noise else 0.0


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.snr."""
    return [Metric("lightly.snr", snr, doc=__doc__ or "", range=(0, None))]
