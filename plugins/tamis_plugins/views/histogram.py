"""How often each value occurs in each channel of `rgb_image`.

It is a ``(3, 256)`` array of int64. Its rows are red, green and blue, and its columns are the values 0 to 255. Each
count is from 0 to the number of pixels, to which each row sums. Sums over it are exact, and cost nothing beside sums
over pixels.

Examples:
    >>> from PIL import Image
    >>> from tamis_plugins.views.histogram import histogram
    >>> counts = histogram(Image.new("RGB", (3, 2), (255, 0, 7)))
    >>> counts.shape, counts[:, [0, 7, 255]].tolist()
    ((3, 256), [[0, 0, 6], [6, 0, 0], [0, 6, 0]])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl


def histogram(rgb_image: Image.Image) -> npt.NDArray[np.int64]:
    """Count them."""
    return np.fromiter(rgb_image.histogram(), np.int64, 768).reshape(3, 256)


@hookimpl
def tamis_views() -> list[View]:
    """Declare histogram."""
    return [View("histogram", histogram, doc=__doc__ or "")]
