"""Opening and decoding: what Pillow does for tamis, and what it is kept from doing."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import SEEK_END
from pathlib import Path
from typing import IO, Any

from PIL import Image

from tamis.data.header import Header
from tamis.dataset.decoder import check_pixels
from tamis.dataset.formats import openers
from tamis.declarations.source import Images
from tamis.errors import PASSING


@contextmanager
def opened(images: Images, name: str) -> Iterator[tuple[Image.Image, Header, IO[bytes] | None]]:
    """Open an image, reading no further than its header; with its file, if it is one.

    Raises:
        OSError: it can't be read, or is no image in one of `formats.FORMATS`.
    """
    with images.open(name) as found:
        held = [(found, Header.of(found), None) if isinstance(found, Image.Image) else _read(found)]
        del found
        yield held.pop()  # and keep no reference: the caller decides how long the pixels stay


@contextmanager
def decodable(images: Images, name: str) -> Iterator[Image.Image]:
    """Open an image that somebody else will decode. Raises what `opened` and `decode` raise."""
    with opened(images, name) as (image, *_):
        check_pixels(image)
        yield image


def exif_of(image: Image.Image) -> bytes:
    """The EXIF of an opened image that isn't decoded yet; empty if it has none. Raises whatever a decoder may.

    In most formats it is a block of its own. In TIFF it is among the tags of the image, which come as such a block.
    """
    block: object = image.info.get("exif")
    if not isinstance(block, bytes):
        tags = image.getexif()
        block = tags.tobytes() if tags else b""
    return block.removeprefix(b"Exif\0\0")


def content_of(file: IO[bytes] | None) -> bytes:
    """All bytes of the file of an opened image that isn't decoded yet. Raises `ValueError` if it is no file."""
    if file is None:
        raise ValueError("the image is no file: it has no content")
    place = file.tell()  # where its decoder will go on
    file.seek(0)
    content = file.read()
    file.seek(place)
    return content


def info_of(image: Image.Image) -> dict[str, Any]:
    """What the header of an opened image says beside its size and mode: Pillow's ``info``.

    The decoder's quantisation tables are with it as ``quantization``, 64 numbers each by the number of the table, where
    it has any.
    """
    tables = getattr(image, "quantization", None)
    info: dict[Any, Any] = dict(image.info)
    return info | ({"quantization": {key: tuple(table) for key, table in tables.items()}} if tables else {})


def decode(image: Image.Image) -> None:
    """Have the pixels of an opened image. Raises whatever the decoder does, and `TooManyPixelsError` before that."""
    check_pixels(image)
    image.load()


def _read(file: IO[bytes]) -> tuple[Image.Image, Header, IO[bytes]]:
    """As `PIL.Image.open` does it, but without a limit on what is not decoded yet."""
    try:
        file.seek(0)
    except (AttributeError, io.UnsupportedOperation):
        file = io.BytesIO(file.read())
    size = file.seek(0, SEEK_END)  # before Pillow reads it: some of its decoders count on being where they were
    file.seek(0)
    prefix = file.read(16)
    for make, accepts in openers():
        try:
            if accepts is None or accepts(prefix) is True:
                file.seek(0)
                image = make(file, "")
                return image, Header.of(image, size), file
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
        if (identity := identity_of(images)) is None:
            return None
        try:
            known: object = images.fingerprint(name)
        except PASSING:
            raise
        except BaseException:  # noqa: BLE001 (it never should, and nothing is lost but what could be reused)
            return None
        return f"{identity} {known}" if isinstance(known, str) else None
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


def size_of(images: Images, name: str) -> int | None:
    """Bytes of an image's file, known without opening it; None if that isn't known."""
    try:
        size: object = images.size(name)
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (as for a fingerprint)
        return None
    return size if isinstance(size, int) and size > 0 else None


def identity_of(images: Images) -> str | None:
    """What tells their location from others; None if it can't be told."""
    try:
        identity: object = images.identity
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (as for a fingerprint)
        return None
    return identity if isinstance(identity, str) else None


@contextmanager
def reading(images: Images, names: Sequence[str]) -> Iterator[Images]:
    """The images, told which are going to be opened; as they are, if their source fails at that."""
    manager = None
    try:
        manager = images.reading(names)
        found: object = manager.__enter__()
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (what is wrong will be said when an image is opened)
        manager, found = None, images
    try:
        yield found if isinstance(found, Images) else images
    finally:
        if manager is not None:
            with suppress(Exception):  # all is measured by now
                manager.__exit__(None, None, None)


def portion(images: Images, names: Sequence[str]) -> Images | None:
    """What is to travel with a batch in place of the images; None if nothing is, or their source fails at that."""
    try:
        found: object = images.portion(names)
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (what is wrong will be said when an image is opened)
        return None
    return found if isinstance(found, Images) and found is not images else None


def path_of(images: Images, name: str) -> Path | None:
    """The file of this machine that an image is; None if it is none, or can't be told."""
    try:
        found: object = images.path(name)
    except Exception:  # noqa: BLE001 (a source may be wrong in this, too)
        return None
    return found if isinstance(found, Path) else None
