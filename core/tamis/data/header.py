"""The header of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from PIL import Image


@attrs.frozen
class Header:
    """What an image file says about itself before its pixels are decoded.

    ``width`` and ``height`` are those of the stored raster in pixels: EXIF orientation is not applied.
    """

    width: int
    height: int
    mode: str
    """Pillow's name of the pixel format, such as ``RGB`` or ``I;16``."""
    format: str | None
    """Such as ``JPEG``; None for an image that was never a file."""
    file_size: int | None = None
    """Bytes of the file; None for an image that is none, such as one in memory."""

    @classmethod
    def of(cls, image: Image.Image, file_size: int | None = None) -> Header:
        """The header of an opened image, of a file of so many bytes."""
        return cls(image.width, image.height, image.mode, image.format, file_size)
