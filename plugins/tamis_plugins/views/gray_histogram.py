"""How often each value occurs in `gray_image`.

It is a ``(256,)`` array of int64: its places are the values 0, black, to 255, white. Each count is from 0 to the number
of pixels, which is their sum.

Examples:
    >>> from PIL import Image
    >>> from tamis_plugins.views.gray_histogram import gray_histogram
    >>> counts = gray_histogram(Image.new("L", (3, 2), 90))
    >>> counts.shape, counts[[0, 90, 255]].tolist()
    ((256,), [0, 6, 0])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl


def gray_histogram(gray_image: Image.Image) -> npt.NDArray[np.int64]:
    """Count them."""
    return np.fromiter(gray_image.histogram(), np.int64, 256)


@hookimpl
def tamis_views() -> list[View]:
    """Declare gray_histogram."""
    return [View("gray_histogram", gray_histogram, doc=__doc__ or "")]
