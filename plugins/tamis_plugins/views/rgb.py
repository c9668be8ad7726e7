"""The image as an ``(H, W, 3)`` uint8 array: the pixels of `rgb_image`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl


def rgb(rgb_image: Image.Image) -> npt.NDArray[np.uint8]:
    """Copy it out of Pillow."""
    return np.asarray(rgb_image)


@hookimpl
def tamis_views() -> list[View]:
    """Declare rgb."""
    return [View("rgb", rgb, doc=__doc__ or "")]
