"""Where an image was taken."""

from __future__ import annotations

import math

from tamis.errors import NoValueError
from tamis_plugins.exif.tags import Tags, text_of, value_of


def degrees_of(tags: Tags, name: str, positive: str, negative: str, most: float) -> float:
    """Latitude or longitude from degrees, minutes and seconds. Raises `NoValueError` if it isn't known.

    Args:
        tags: The EXIF.
        name: ``GPSLatitude`` or ``GPSLongitude``.
        positive: What its reference says of numbers from 0 on: ``N`` or ``E``.
        negative: What it says of those below: ``S`` or ``W``.
        most: The highest there is.
    """
    parts, reference = value_of(tags, name), text_of(tags, f"{name}Ref").upper()
    try:
        degrees = math.fsum(float(part) / 60**place for place, part in enumerate(parts))
    except (TypeError, ValueError, ArithmeticError):
        degrees = math.nan
    if reference not in (positive, negative) or not 0 <= degrees <= most:
        raise NoValueError(f"its {name} in EXIF is {parts!r:.60} {reference:.20}, which is nowhere")
    return degrees if reference == positive else -degrees
