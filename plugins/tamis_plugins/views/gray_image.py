"""The luma of the image as a Pillow image of mode L.

It has the size of `rgb_image`. Its values are bytes from 0, black, to 255, white, the ITU-R BT.601 luma, rounded:

    0.299 R + 0.587 G + 0.114 B

References:
    ITU-R BT.601-7 (2011). Studio encoding parameters of digital television for standard 4:3 and wide screen 16:9
    aspect ratios.

Examples:
    Pure red has ``0.299 * 255 = 76.2``.

    >>> from PIL import Image
    >>> from tamis_plugins.views.gray_image import gray_image
    >>> gray_image(Image.new("RGB", (1, 1), (255, 0, 0))).getpixel((0, 0))
    76
"""

from __future__ import annotations

from PIL import Image

from tamis import View, hookimpl


def gray_image(rgb_image: Image.Image) -> Image.Image:
    """Convert it."""
    return rgb_image.convert("L")


@hookimpl
def tamis_views() -> list[View]:
    """Declare gray_image."""
    return [View("gray_image", gray_image, doc=__doc__ or "")]
