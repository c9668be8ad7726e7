"""Saturation: how far, on average, the pixels are from grey.

It is the mean over all pixels of S of the HSV colour space, with the red, green and blue of each:

    saturation = mean((max(R, G, B) - min(R, G, B)) / max(R, G, B)), where black pixels have 0

The range is 0 to 1, without a unit. Low values mean grey, washed out or foggy images. High values mean images of pure
colours, and dark ones with a cast: the division makes even a nearly black pixel count in full. For how colourful an
image looks, see ``tamis.colorfulness``.

References:
    Smith, A. R. (1978). Color gamut transform pairs. Computer Graphics 12(3), 12-19.
    <https://doi.org/10.1145/965139.807361>

Examples:
    The red pixel has 1, the grey one 0, and that of 200, 100 and 100 has ``100 / 200``.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> pixels = np.array([[(255, 0, 0), (90, 90, 90), (200, 100, 100)]], np.uint8)
    >>> compute(Dataset.from_images(["it"], [pixels]), ["tamis.saturation"])["tamis.saturation"].values
    array([0.5])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.strip import STRIP

_ONE = np.uint8(1)


def saturation(planes: npt.NDArray[np.uint8]) -> float:
    """Strip by strip. Black has the same highest and lowest value, so that any divisor gives 0."""
    red, green, blue = planes.reshape(3, -1)
    total = 0.0
    for first in range(0, red.size, STRIP):
        strip = slice(first, first + STRIP)
        highest = np.maximum(np.maximum(red[strip], green[strip]), blue[strip])
        spread = highest - np.minimum(np.minimum(red[strip], green[strip]), blue[strip])
        shares = np.divide(spread, np.maximum(highest, _ONE), dtype=np.float32)
        total += float(shares.sum(dtype=np.float64))
    return min(total / red.size, 1.0)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.saturation."""
    return [Metric("tamis.saturation", saturation, doc=__doc__ or "", range=(0, 1))]
