"""The tags of an image's EXIF, by name."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from tamis.errors import NoValueError

#: The tags by name, such as ``DateTimeOriginal`` and ``GPSLatitude``.
Tags = Mapping[str, Any]


def tags_of(exif: Image.Exif) -> Tags:
    """Those of the image, of the shot and of the position. Raises `ValueError` if they can't be read."""
    try:
        parts = (dict(exif), exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo))
        names = (ExifTags.TAGS, ExifTags.TAGS, ExifTags.GPSTAGS)
        return {
            known[tag]: value
            for part, known in zip(parts, names, strict=True)
            for tag, value in part.items()
            if tag in known
        }
    except (SyntaxError, struct.error, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        raise ValueError(f"its EXIF is damaged: {error}") from error


def number_of(tags: Tags, name: str) -> float:
    """A number, the first if there are several. Raises `NoValueError` if there is none."""
    value = value_of(tags, name)
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        return float(value)
    except (TypeError, ValueError, ArithmeticError):
        raise _unreadable(name, value, "a number") from None


def amount_of(tags: Tags, name: str) -> float:
    """A number from 0 on. Raises `NoValueError` if there is none."""
    number = number_of(tags, name)
    if not 0 <= number < math.inf:
        raise _unreadable(name, tags[name], "an amount")
    return number


def text_of(tags: Tags, name: str) -> str:
    """A text on one line. Raises `NoValueError` if there is none."""
    value = value_of(tags, name)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise _unreadable(name, value, "a text")
    if not (text := " ".join(value.replace("\0", " ").split())):
        raise NoValueError(f"its {name} is empty")
    return text


def value_of(tags: Tags, name: str) -> Any:
    """Whatever is there. Raises `NoValueError` if nothing is."""
    if name not in tags:
        raise NoValueError(f"it has no {name} in its EXIF" if tags else "it has no EXIF")
    return tags[name]


def _unreadable(name: str, value: Any, wanted: str) -> NoValueError:
    return NoValueError(f"its {name} in EXIF is {value!r:.60}, not {wanted}")
