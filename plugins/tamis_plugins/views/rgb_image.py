"""The image as a Pillow image of mode RGB.

It has the size of the stored image, as the EXIF orientation is not applied, and bytes from 0 to 255 in each channel.
Other modes are converted:

- Alpha is dropped, not blended.
- Palettes are resolved.
- CMYK and YCbCr are converted as Pillow does it. Colour profiles are not applied.
- Of 16 bits the high 8 are kept, as Pillow itself does for 16-bit colour.
- 32-bit integers are taken for 16-bit values, or for 31-bit ones where one of them needs it.
- Floats are scaled so that the smallest of 1, 255 and 65535 that no value exceeds is white; beyond 65535, that is the
  largest value. Up to one value in a thousand may exceed it, and is white: outliers don't set the scale. Values of 1e30
  and more stand for no data, as float32's largest number usually does. They, values below 0 and NaN are black.

Examples:
    The largest value of the image is 1, which is white, so that 0.2 becomes ``0.2 * 255 = 51``.

    >>> import numpy as np
    >>> from PIL import Image
    >>> from tamis_plugins.views.rgb_image import rgb_image
    >>> converted = rgb_image(Image.fromarray(np.array([[0.2, 1.0]], np.float32)))
    >>> converted.mode, converted.getpixel((0, 0))
    ('RGB', (51, 51, 51))
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from tamis import View, hookimpl

#: A float from which on a pixel has no value: far beyond what is measured, and below the largest float32.
NO_DATA = 1e30
#: One value in so many may be beyond the scale.
OUTLIERS = 1000


def rgb_image(image: Image.Image) -> Image.Image:
    """The image itself if it is RGB already."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        image = _grey(np.asarray(image) >> 8)
    elif image.mode == "I":
        values = np.asarray(image).clip(0, None)
        image = _grey(values >> (8 if values.max(initial=0) < 1 << 16 else 23))
    elif image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=0.0, posinf=np.inf, neginf=0.0)
        values[(values >= NO_DATA) & np.isfinite(values)] = 0.0
        image = _grey((values / _white(values)).clip(0, 1) * 255 + 0.5)
    elif "transparency" in image.info:
        image = image.convert("RGBA")  # Pillow would warn on the direct way; colours are the same
    return image.convert("RGB")


def _white(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """The value that becomes white."""
    finite = values[np.isfinite(values)]
    outliers = finite.size // OUTLIERS
    for limit in (1.0, 255.0, 65535.0):
        if np.count_nonzero(finite > limit) <= outliers:
            return limit
    return float(np.partition(finite, finite.size - 1 - outliers)[finite.size - 1 - outliers])


def _grey(values: np.ndarray[Any, np.dtype[Any]]) -> Image.Image:
    return Image.fromarray(values.astype(np.uint8))


@hookimpl
def tamis_views() -> list[View]:
    """Declare rgb_image."""
    return [View("rgb_image", rgb_image, doc=__doc__ or "")]
