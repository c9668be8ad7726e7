"""The image as a Pillow image of mode L: ITU-R 601 luma of `rgb_image`, ``0.299 R + 0.587 G + 0.114 B``, rounded."""

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
