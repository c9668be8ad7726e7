"""The image as an array, the pixels of `rgb_image`.

It is an ``(H, W, 3)`` array of uint8 from 0 to 255, with the channels red, green and blue.

Examples:
    >>> from PIL import Image
    >>> from tamis_plugins.views.rgb import rgb
    >>> rgb(Image.new("RGB", (2, 1), (255, 0, 7)))
    array([[[255,   0,   7],
            [255,   0,   7]]], dtype=uint8)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl
from tamis_plugins.pixels.array import array


def rgb(rgb_image: Image.Image) -> npt.NDArray[np.uint8]:
    """Copy it out of Pillow."""
    return array(rgb_image)


@hookimpl
def tamis_views() -> list[View]:
    """Declare rgb."""
    return [View("rgb", rgb, doc=__doc__ or "")]
