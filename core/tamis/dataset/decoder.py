"""What the pixels of an image depend on beside its file: the decoder's version and settings, which the host may change.

Settings are globals of Pillow. They travel with the work to every process, so that results are the same there, and are
part of what identifies a stored value. Limits alone decide whether there is a value, and are asked about anew.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any

import PIL
from PIL import Image, features

from tamis.dataset.formats import has_heif

#: What a host may set in Pillow's modules, as its documentation has it, and that changes what an image becomes.
SETTINGS = (
    ("ImageFile", "LOAD_TRUNCATED_IMAGES"),
    ("PngImagePlugin", "MAX_TEXT_CHUNK"),
    ("PngImagePlugin", "MAX_TEXT_MEMORY"),
    ("TiffImagePlugin", "READ_LIBTIFF"),
    ("GifImagePlugin", "LOADING_STRATEGY"),
    ("AvifImagePlugin", "DECODE_CODEC_CHOICE"),
)
#: A limit: it changes no value, only whether there is one.
PIXELS = ("Image", "MAX_IMAGE_PIXELS")
#: Scans that a progressive JPEG may have: most have ten. Each is decoded over the whole image, however short it is.
SCANS = 200
#: Modes with 32 bits for a value: what is made of them takes twice the memory, so half as many pixels may be decoded.
WIDE = ("I", "F")
#: The libraries in Pillow that decode.
LIBRARIES = ("jpg", "libjpeg_turbo", "jpg_2000", "zlib", "zlib_ng", "libtiff", "webp", "avif")


class TooManyPixelsError(Image.DecompressionBombError):
    """An image has more pixels than may be decoded."""


def settings() -> dict[str, Any]:
    """All settings as they are now, by module and name."""
    return {key: getattr(module, name, None) for key, module, name in _places()}


def set_to(values: Mapping[str, Any]) -> None:
    """Take over the settings of another process."""
    for key, module, name in _places():
        if getattr(module, name, None) != values[key]:
            setattr(module, name, values[key])


def identity() -> dict[str, Any]:
    """What decoded pixels depend on, as JSON data."""
    changed = {name: _plain(value) for name, value in settings().items() if name != ".".join(PIXELS)}
    return {**versions(), "settings": changed}


def most_pixels() -> float | None:
    """How many pixels an image may have to be decoded: what Pillow takes for more than a decompression bomb."""
    limit = Image.MAX_IMAGE_PIXELS
    return None if limit is None else 2 * max(1, limit)


def limit_pixels(count: int) -> None:
    """Let images of so many pixels be decoded, in this process and in those that it sends work to."""
    Image.MAX_IMAGE_PIXELS = count / 2  # type: ignore[assignment]  # Pillow refuses more than twice as many


def check_pixels(image: Image.Image) -> None:
    """Raise `TooManyPixelsError` if an image has more pixels than may be decoded; warn as Pillow does of half that."""
    count, limit = image.width * image.height, most_pixels()
    if limit is not None and image.mode in WIDE:
        limit /= 2
    if limit is not None and count > limit:
        wide = f" of mode {image.mode}" if image.mode in WIDE else ""
        raise TooManyPixelsError(
            f"it has {image.width} x {image.height} = {count:,} pixels{wide}, more than the {limit:,.0f} that may be "
            "decoded (--max-pixels, or twice PIL.Image.MAX_IMAGE_PIXELS)"
        )
    Image._decompression_bomb_check(image.size)


def check_scans(image: Image.Image) -> None:
    """Raise `ValueError` if an opened image is a JPEG of so many scans that to decode it would take minutes."""
    if not image.info.get("progressive") or (file := getattr(image, "fp", None)) is None:
        return
    place, scans, before = file.tell(), 0, b""
    file.seek(0)
    while part := file.read(1 << 20):
        scans += (before + part).count(b"\xff\xda")
        before = part[-1:] if part[-1:] == b"\xff" else b""
    file.seek(place)
    if scans > SCANS:
        raise ValueError(f"it is a JPEG of {scans:,} scans, and {SCANS} are the most")


@functools.cache
def _places() -> tuple[tuple[str, Any, str], ...]:
    """What each setting is called, its module, and its name there."""
    return tuple((f"{module}.{name}", import_module(f"PIL.{module}"), name) for module, name in (*SETTINGS, PIXELS))


def _plain(value: Any) -> Any:
    """A setting as JSON data; of an enumeration, its value."""
    value = getattr(value, "value", value)
    return value if isinstance(value, (bool, int, str, type(None))) else repr(value)


@functools.cache
def versions() -> dict[str, str]:
    """Of Pillow, and of the libraries by which it decodes, by name."""
    found = {name: features.version(name) for name in LIBRARIES}
    heif = {"pillow-heif": version("pillow-heif")} if has_heif() else {}
    return {"pillow": PIL.__version__, **{name: text for name, text in found.items() if text}, **heif}
