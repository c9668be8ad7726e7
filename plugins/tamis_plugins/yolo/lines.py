"""The lines of a YOLO label file: an object each, in shares of the image's width and height."""

from __future__ import annotations

import math
from typing import Any

from tamis_plugins.label_files.files import lines_in
from tamis_plugins.label_files.numbers import number_of

#: How far a share may be from 0..1, as by rounding.
_SLACK = 0.01


def objects_in(content: bytes, *, polygons: bool) -> list[dict[str, Any]]:
    """The objects of a file.

    Args:
        content: Its bytes. A line is ``class x y width height [score]``, with the centre; or ``class x1 y1 x2 y2 x3 y3
            ... [score]``, a polygon.
        polygons: Whether masks are wanted; else boxes, those around polygons too.

    Raises:
        ValueError: a line is neither; with its number.
    """
    objects = []
    for number, line in enumerate(lines_in(content), start=1):
        if not line.strip():
            continue
        try:
            first, *values = map(number_of, line.split())
        except ValueError:
            raise ValueError(f"line {number}: {line:.60} are not numbers") from None
        if not first.is_integer() or not all(map(math.isfinite, values)):
            raise ValueError(f"line {number}: {line:.60} are not the number of a class and coordinates")
        if len(values) < 4 or (polygons and len(values) < 6):
            what = "a polygon" if polygons else "a box"
            raise ValueError(f"line {number}: {len(values)} numbers after the class, too few for {what}")
        score = values.pop() if len(values) % 2 else 1.0
        if (odd := next((value for value in values if not -_SLACK <= value <= 1 + _SLACK), None)) is not None:
            raise ValueError(f"line {number}: {odd} is not a share of the image's width or height, from 0 to 1")
        text = line.split()[0]
        found: dict[str, Any] = {"category_id": int(text) if text.isdecimal() else int(first), "score": score}
        if len(values) == 4:
            x, y, width, height = values
            if polygons:
                raise ValueError(f"line {number}: a box, where a polygon is wanted")
            objects.append(found | {"bbox": [x - width / 2, y - height / 2, width, height]})
            continue
        xs, ys = values[::2], values[1::2]
        found["bbox"] = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        objects.append(found | ({"polygons": [values]} if polygons else {}))
    return objects
