"""Opening and decoding: what Pillow does for tamis, and what it is kept from doing."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import SEEK_END
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError

from tamis.data.header import Header
from tamis.declarations.source import Images
from tamis.errors import PASSING

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
def opened(images: Images, name: str) -> Iterator[tuple[Image.Image, Header]]:
    """Open an image, reading no further than its header.

    Raises:
        OSError: it can't be read, or is no image in one of `FORMATS`.
        PIL.Image.DecompressionBombError: it claims more than twice ``PIL.Image.MAX_IMAGE_PIXELS`` pixels.
    """
    with images.open(name) as found:
        held = [(found, Header.of(found)) if isinstance(found, Image.Image) else _read(found)]
        del found
        yield held.pop()  # and keep no reference: the caller decides how long the pixels stay


def _read(file: IO[bytes]) -> tuple[Image.Image, Header]:
    size = file.seek(0, SEEK_END)  # before Pillow reads it: some of its decoders count on being where they were
    file.seek(0)
    try:
        image = Image.open(file, formats=_available())
    except UnidentifiedImageError:
        raise OSError("not an image in a format that can be read") from None
    return image, Header.of(image, size)


def fingerprint(images: Images, name: str, kind: str) -> str | None:
    """What stands for an image's content, and changes with it; None if there is no such thing.

    Args:
        images: Where it is.
        name: Which.
        kind: ``stat``, what its source knows without reading it; or ``sha256``, by content.
    """
    if kind == "stat":
        try:
            taken: object = images.fingerprint(name)
        except PASSING:
            raise
        except BaseException:  # noqa: BLE001 (it never should, and nothing is lost but what could be reused)
            return None
        return taken if isinstance(taken, str) else None
    digest = hashlib.sha256()
    try:
        with images.open(name) as file:
            if isinstance(file, Image.Image):
                return None
            while block := file.read(1 << 20):
                digest.update(block)
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (what it is will be said when the image is opened)
        return None
    return digest.hexdigest()


def path_of(images: Images, name: str) -> Path | None:
    """The file of this machine that an image is; None if it is none, or can't be told."""
    try:
        found: object = images.path(name)
    except Exception:  # noqa: BLE001 (a source may be wrong in this, too)
        return None
    return found if isinstance(found, Path) else None


@functools.cache
def _available() -> tuple[str, ...]:
    """Those of `FORMATS` that this build of Pillow has."""
    for module in FORMATS.values():
        with suppress(ImportError):
            import_module(f"PIL.{module}")
    return tuple(name for name in FORMATS if name in Image.OPEN)
