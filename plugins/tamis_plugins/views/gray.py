"""The luma of the image as an ``(H, W)`` uint8 array: the pixels of `gray_image`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl


def gray(gray_image: Image.Image) -> npt.NDArray[np.uint8]:
    """Copy it out of Pillow."""
    return np.frombuffer(gray_image.tobytes(), np.uint8).reshape(gray_image.height, gray_image.width)


@hookimpl
def tamis_views() -> list[View]:
    """Declare gray."""
    return [View("gray", gray, doc=__doc__ or "")]
