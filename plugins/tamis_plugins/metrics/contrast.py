"""RMS contrast, the standard deviation of the grey values on a scale from 0 to 1.

It is the population standard deviation of the view `gray`, the 8-bit luma (ITU-R BT.601), over all pixels:

    contrast = std(gray) / 255

The range is 0 to 0.5, without a unit. An image of one grey value has 0. An image that is half black and half white has
0.5. Low values mean flat images, such as fog, a covered lens or a blank wall. High values mean images with both deep
shadow and bright light.

Lightly documents the name "RMS contrast" and no formula, and published no code for it. Moulden et al. test the
standard deviation as a measure of contrast. Peli explains what one number for a whole image can't say.

References:
    Moulden, B., Kingdom, F., Gatley, L. F. (1990). The standard deviation of luminance as a metric for contrast in
    random-dot images. Perception 19(1), 79-101. <https://doi.org/10.1068/p190079>

    Peli, E. (1990). Contrast in complex images. Journal of the Optical Society of America A 7(10), 2032-2040.
    <https://doi.org/10.1364/JOSAA.7.002032>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> flat = np.array([[90, 90], [90, 90]], np.uint8)
    >>> half = np.array([[0, 0], [255, 255]], np.uint8)
    >>> dataset = Dataset.from_images(["flat", "half"], [flat, half])
    >>> compute(dataset, ["lightly.contrast"])["lightly.contrast"].values
    array([0. , 0.5])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.deviation import deviation_of_bytes


def contrast(gray: npt.NDArray[np.uint8]) -> float:
    """Of the luma."""
    return deviation_of_bytes(gray) / 255


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.contrast."""
    return [Metric("lightly.contrast", contrast, doc=__doc__ or "", range=(0, 0.5))]
