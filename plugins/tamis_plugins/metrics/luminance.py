"""Luminance: perceived lightness L* (CIELAB, 0 to 100) of the mean colour.

The mean of each channel over all pixels, taken as an sRGB colour (IEC 61966-2-1), is made linear; its relative
luminance is ``Y = 0.2126 R + 0.7152 G + 0.0722 B`` (white point D65), and ``L* = 116 f(Y) - 16`` with the cube root
for f above ``(6/29)**3`` and its tangent below. It is the lightness of the mean, not the mean of the lightnesses.
Lightly documents "the mean color value as perceived lightness"; that the sRGB curve is undone is our reading.
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
