"""The channels of `rgb_image`, each in one piece.

It is a ``(3, H, W)`` array of uint8 from 0 to 255: red, green and blue. Arithmetic between channels is several times
faster on it than on `rgb`, where the values of a channel are three apart.

Examples:
    >>> from PIL import Image
    >>> from tamis_plugins.views.planes import planes
    >>> planes(Image.new("RGB", (2, 1), (255, 0, 7))).tolist()
    [[[255, 255]], [[0, 0]], [[7, 7]]]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl
from tamis_plugins.pixels.array import array


def planes(rgb_image: Image.Image) -> npt.NDArray[np.uint8]:
    """Copy them out of Pillow."""
    found = np.empty((3, rgb_image.height, rgb_image.width), np.uint8)
    for plane, band in zip(found, rgb_image.split(), strict=True):
        plane[:] = array(band)
    return found


@hookimpl
def tamis_views() -> list[View]:
    """Declare planes."""
    return [View("planes", planes, doc=__doc__ or "")]
