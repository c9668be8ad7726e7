"""Opening and decoding: what Pillow does for tamis, and what it is kept from doing."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image

from tamis.dataset.decoder import check_pixels
from tamis.dataset.formats import openers
from tamis.declarations.source import Images


@contextmanager
def opened(images: Images, name: str) -> Iterator[Image.Image]:
    """Open an image, reading no further than its header.

    Raises:
        OSError: it can't be read, or is no image in one of `formats.FORMATS`.
    """
    with images.open(name) as found:
        held = [found if isinstance(found, Image.Image) else _read(found)]
        del found
        yield held.pop()  # and keep no reference: the caller decides how long the pixels stay


@contextmanager
def decodable(images: Images, name: str) -> Iterator[Image.Image]:
    """Open an image that somebody else will decode. Raises what `opened` and `decode` raise."""
    with opened(images, name) as image:
        check_pixels(image)
        yield image


def decode(image: Image.Image) -> None:
    """Have the pixels of an opened image. Raises whatever the decoder does, and `TooManyPixelsError` before that."""
    check_pixels(image)
    image.load()


def _read(file: IO[bytes]) -> Image.Image:
    """As `PIL.Image.open` does it, but without a limit on what is not decoded yet."""
    try:
        file.seek(0)
    except (AttributeError, io.UnsupportedOperation):
        file = io.BytesIO(file.read())
    prefix = file.read(16)
    for make, accepts in openers():
        try:
            if accepts is None or accepts(prefix) is True:
                file.seek(0)
                return make(file, "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue  # so decoders say that it isn't for them
    raise OSError("not an image in a format that can be read")


def fingerprint(images: Images, name: str, kind: str) -> str | None:
    """What stands for an image's content, and changes with it; None if there is no such thing.

    Args:
        images: Where it is.
        name: Which.
        kind: ``stat``, what its source knows without reading it, and which source that is; or ``sha256``, by content
            alone.
    """
    if kind == "stat":
        identity, known = images.identity, images.fingerprint(name)
        return None if identity is None or known is None else f"{identity} {known}"
    digest = hashlib.sha256()
    try:
        with images.open(name) as file:
            if isinstance(file, Image.Image):
                return None
            while block := file.read(1 << 20):
                digest.update(block)
    except (OSError, ValueError):  # ValueError: no path at all
        return None
    return digest.hexdigest()
