"""The brightness that nineteen of twenty pixels don't exceed: how bright the lights are.

It is the 95th percentile of the view `gray_image`, the 8-bit luma (ITU-R BT.601), on a scale from 0, black, to 1,
white: the smallest value that at least 95 % of the pixels don't exceed, divided by 255. It is one of the image's own
values, never one between two of them.

The range is 0 to 1, without a unit. Low values mean images without any light spot: night, underexposure, a covered
lens. High values mean images with white or nearly white parts, as most photographs have them.

References:
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American Statistician 50(4), 361-365,
    definition 1. <https://doi.org/10.2307/2684934>

Examples:
    Of 20 pixels 1 is 51, 9 are 153 and 10 are 255.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> pixels = np.array([[51] + 9 * [153] + 10 * [255]], np.uint8)
    >>> compute(Dataset.from_images(["it"], [pixels]), ["tamis.brightness.p95"])["tamis.brightness.p95"].values
    array([1.])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.percentile import percentile


def brightness(gray_histogram: npt.NDArray[np.int64]) -> float:
    """Of the luma."""
    return percentile(gray_histogram, 95) / 255


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.brightness.p95."""
    return [Metric("tamis.brightness.p95", brightness, doc=__doc__ or "", range=(0, 1))]
