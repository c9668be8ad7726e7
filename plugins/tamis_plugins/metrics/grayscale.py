"""Whether the image has no colour at all.

It is 1 if red, green and blue are the same in every pixel, and 0 if they differ in one, whatever the mode of the file:
a photograph in black and white that was saved as RGB has 1, too. One that was tinted, or scanned in colour, has 0, and
a low ``tamis.colorfulness``.

The range is 0 to 1, without a unit. Low values mean colour, that is 0. High values mean shades of grey only, that is 1,
as infrared and X-ray cameras take them.

References:
    Cleanlab. CleanVision, documentation of its issue "grayscale". <https://cleanvision.readthedocs.io>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> gray, tinted = np.full((2, 2, 3), 90, np.uint8), np.full((2, 2, 3), (90, 90, 91), np.uint8)
    >>> dataset = Dataset.from_images(["gray", "tinted"], [gray, tinted])
    >>> compute(dataset, ["tamis.grayscale"])["tamis.grayscale"].values
    array([1, 0])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.strip import STRIP

#: Pixels that are looked at first, and how many times more each time: of a coloured image, few are.
FIRST, MORE = 1 << 10, 16


def grayscale(rgb: npt.NDArray[np.uint8]) -> int:
    """Part by part, up to the first with a colour in it."""
    red, green, blue = rgb.reshape(-1, 3).T
    first, size = 0, FIRST
    while first < red.size:
        part = slice(first, first + size)
        if not (np.array_equal(red[part], green[part]) and np.array_equal(red[part], blue[part])):
            return 0
        first, size = first + size, min(MORE * size, STRIP)
    return 1


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.grayscale."""
    return [Metric("tamis.grayscale", grayscale, doc=__doc__ or "", dtype="int", range=(0, 1))]
