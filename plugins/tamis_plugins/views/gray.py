"""The luma of the image as an array, the pixels of `gray_image`.

It is an ``(H, W)`` array of uint8 from 0, black, to 255, white.

Examples:
    >>> from PIL import Image
    >>> from tamis_plugins.views.gray import gray
    >>> gray(Image.new("L", (3, 2), 90))
    array([[90, 90, 90],
           [90, 90, 90]], dtype=uint8)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl
from tamis_plugins.pixels.array import array


def gray(gray_image: Image.Image) -> npt.NDArray[np.uint8]:
    """Copy it out of Pillow."""
    return array(gray_image)


@hookimpl
def tamis_views() -> list[View]:
    """Declare gray."""
    return [View("gray", gray, doc=__doc__ or "")]
