"""Opening and decoding: what Pillow does for tamis, and what it is kept from doing."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

#: Raster formats, the commonest first, and the modules of Pillow that read them. It would also hand EPS to Ghostscript,
#: whatever the file's name, and import three dozen more.
FORMATS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "WEBP": "WebPImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin",
    "PPM": "PpmImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "QOI": "QoiImagePlugin",
}


@contextmanager
def opened(path: str) -> Iterator[Image.Image]:
    """Open an image file, reading no further than its header.

    Raises:
        OSError: it can't be read, or is no image in one of `FORMATS`.
        PIL.Image.DecompressionBombError: it claims more than twice ``PIL.Image.MAX_IMAGE_PIXELS`` pixels.
    """
    status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
    if not stat.S_ISREG(status.st_mode):  # opening a FIFO would wait for ever
        raise OSError("not a regular file")
    if not status.st_size:
        raise OSError("the file is empty")
    with open(path, "rb") as file:  # noqa: PTH123
        yield _read(file)  # and keep no reference: the caller decides how long the pixels stay


def _read(file: BinaryIO) -> Image.Image:
    try:
        return Image.open(file, formats=_available())
    except UnidentifiedImageError:
        raise OSError("not an image in a format that can be read") from None


def fingerprint(path: str, kind: str) -> str | None:
    """Size and time of modification of a file, or the SHA-256 of its content; None if it can't be had."""
    try:
        status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
        if kind == "stat":
            return f"{status.st_size}:{status.st_mtime_ns}"
        if not stat.S_ISREG(status.st_mode):
            return None
        import hashlib

        digest = hashlib.sha256()
        with open(path, "rb") as file:  # noqa: PTH123
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    except (OSError, ValueError):  # ValueError: no path at all
        return None


@functools.cache
def _available() -> tuple[str, ...]:
    """Those of `FORMATS` that this build of Pillow has."""
    for module in FORMATS.values():
        with suppress(ImportError):
            import_module(f"PIL.{module}")
    return tuple(name for name in FORMATS if name in Image.OPEN)
