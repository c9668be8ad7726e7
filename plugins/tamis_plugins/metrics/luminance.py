"""Luminance, the perceived lightness of the mean colour.

It is the CIELAB lightness ``L*``. The mean of each channel over all pixels is taken as an sRGB colour and made linear.
``Y`` is its relative luminance, with D65 as white:

    c      = mean(channel) / 255
    linear = c / 12.92                       if c <= 0.04045
             ((c + 0.055) / 1.055) ** 2.4    otherwise
    Y      = 0.2126 red + 0.7152 green + 0.0722 blue, each of them linear
    L*     = 116 f(Y) - 16
    f(Y)   = Y ** (1/3)                      if Y > (6/29) ** 3
             Y / (3 (6/29) ** 2) + 4/29      otherwise

The range is 0 to 100, without a unit. Black has 0, and white has 100. Low values mean night scenes and underexposed
images. High values mean overexposed images, snow or sky.

The value is the lightness of the mean, which is not the mean of the lightnesses: the example shows the difference.
Lightly documents "the mean color value as perceived lightness" and published no code for it. That the sRGB curve is
undone is our reading.

References:
    IEC 61966-2-1:1999. Multimedia systems and equipment. Colour measurement and management. Part 2-1: Default RGB
    colour space, sRGB.

    ISO/CIE 11664-4:2019. Colorimetry. Part 4: CIE 1976 ``L*a*b*`` colour space.

    Lightly. Selection input, key `lightly.luminance`. <https://docs.lightly.ai/docs/selection-input>

Examples:
    Half black and half white have the mean colour 0.5, which is 0.2140 when linear. Its cube root is 0.5982, and
    116 times that minus 16 is 53.39. The mean of the lightnesses 0 and 100 would be 50.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> black, half, white = (np.array([[a, b]], np.uint8) for a, b in [(0, 0), (0, 255), (255, 255)])
    >>> dataset = Dataset.from_images(["black", "half", "white"], [black, half, white])
    >>> compute(dataset, ["lightly.luminance"])["lightly.luminance"].values.round(2)
    array([  0.  ,  53.39, 100.  ])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl

_KNEE = 6 / 29


def luminance(moments: npt.NDArray[np.int64]) -> float:
    """From the sums of the channels."""
    red, green, blue = (_linear(total / count / 255) for count, total, _ in moments.tolist())
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    f = y ** (1 / 3) if y > _KNEE**3 else y / (3 * _KNEE**2) + 4 / 29
    return min(max(116 * f - 16, 0.0), 100.0)


def _linear(value: float) -> float:
    """The sRGB curve undone."""
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.luminance."""
    return [Metric("lightly.luminance", luminance, doc=__doc__ or "", range=(0, 100))]
