"""Colourfulness after Hasler and Süsstrunk: how colourful an image looks.

It follows their third measure, of the opponent colours of all pixels, with population standard deviations:

    rg = R - G
    yb = (R + G) / 2 - B
    colorfulness = sqrt(std(rg) ** 2 + std(yb) ** 2) + 0.3 * sqrt(mean(rg) ** 2 + mean(yb) ** 2)

The range is 0 to unbounded, and the unit is grey levels, of which a channel has 256. Low values mean grey images, of
which all pixels of one grey have 0. High values mean vivid ones. In the authors' trials people called images of 15
slightly, of 33 moderately, of 45 averagely, of 59 quite, of 82 highly and of 109 extremely colourful.

References:
    Hasler, D., Süsstrunk, S. (2003). Measuring colorfulness in natural images. Human Vision and Electronic Imaging
    VIII, Proceedings of SPIE 5007, 87-95. <https://doi.org/10.1117/12.477378>

Examples:
    A red and a green pixel have rg of 255 and -255, with the mean 0 and the standard deviation 255. Both have yb of
    127.5, so that its mean adds ``0.3 * 127.5``.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> gray, both = np.full((1, 2), 90, np.uint8), np.array([[(255, 0, 0), (0, 255, 0)]], np.uint8)
    >>> dataset = Dataset.from_images(["gray", "both"], [gray, both])
    >>> compute(dataset, ["tamis.colorfulness"])["tamis.colorfulness"].values
    array([  0.  , 293.25])
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.products import sum_of_products


def colorfulness(planes: npt.NDArray[np.uint8], moments: npt.NDArray[np.int64]) -> float:
    """From sums of the channels and of their products, which are whole numbers and exact."""
    (n, r, rr), (_, g, gg), (_, b, bb) = moments.tolist()
    red, green, blue = planes.reshape(3, -1)
    rg, rb, gb = (sum_of_products(*pair) for pair in ((red, green), (red, blue), (green, blue)))
    d, e = r - g, r + g - 2 * b  # n times the mean of rg, and of twice yb
    of_rg = n * (rr + gg - 2 * rg) - d * d
    of_yb = n * (rr + gg + 2 * rg + 4 * (bb - rb - gb)) - e * e
    return float(math.sqrt(of_rg + of_yb / 4) + 0.3 * math.hypot(d, e / 2)) / int(n)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.colorfulness."""
    return [Metric("tamis.colorfulness", colorfulness, doc=__doc__ or "", range=(0, None), unit="grey levels")]
