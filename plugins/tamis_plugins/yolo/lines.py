"""The lines of a YOLO label file: an object each, in shares of the image's width and height."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tamis_plugins.label_files.files import lines_in
from tamis_plugins.label_files.numbers import number_of
from tamis_plugins.yolo.classes import Classes
from tamis_plugins.yolo.keypoints import KeypointShape

#: How far a share may be from 0..1, as by rounding.
_SLACK = 0.01


def objects_in(content: bytes, classes: Classes, *, polygons: bool) -> list[dict[str, Any]]:
    """The objects of a file.

    Args:
        content: Its bytes. A line is ``class x y width height [score]``, with the centre; or ``class x1 y1 x2 y2 x3 y3
            ... [score]``, a polygon.
        classes: Those that there are.
        polygons: Whether masks are wanted; else boxes, those around polygons too.

    Raises:
        ValueError: a line is neither, or its class has no name; with its number.
    """
    objects = []
    for number, category, values in _numbers_in(content, classes):
        if len(values) < 4 or (polygons and len(values) < 6):
            what = "a polygon" if polygons else "a box"
            raise ValueError(f"line {number}: {len(values)} numbers after the class, too few for {what}")
        score = values.pop() if len(values) % 2 else 1.0
        _check_shares(number, values)
        found: dict[str, Any] = {"category_id": category, "score": score}
        if len(values) == 4:
            if polygons:
                raise ValueError(f"line {number}: a box, where a polygon is wanted")
            objects.append(found | {"bbox": _box(values)})
            continue
        xs, ys = values[::2], values[1::2]
        found["bbox"] = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        objects.append(found | ({"polygons": [values]} if polygons else {}))
    return objects


def posed_objects_in(
    content: bytes, classes: Classes, shape: KeypointShape, *, keypoints: bool
) -> list[dict[str, Any]]:
    """The objects of a file whose lines are boxes with keypoints.

    Args:
        content: Its bytes. A line is ``class x y width height``, with the centre, the numbers of the keypoints, and
            ``[score]``.
        classes: Those that there are.
        shape: How many keypoints there are, and numbers of each.
        keypoints: Whether they are wanted; else boxes only.

    Raises:
        ValueError: a line is something else, or its class has no name; with its number.
    """
    objects = []
    for number, category, values in _numbers_in(content, classes):
        if len(values) not in (expected := 4 + shape.numbers, expected + 1):
            raise ValueError(
                f"line {number}: {len(values)} numbers after the class, not {expected}, for a box and {shape}, "
                "or one more, a score"
            )
        score = values.pop() if len(values) > expected else 1.0
        box = values[:4]
        try:
            points = shape.points(values[4:])
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        _check_shares(number, [*box, *(share for point in points for share in point[:2])])
        found: dict[str, Any] = {"category_id": category, "score": score, "bbox": _box(box)}
        objects.append(found | ({"keypoints": [each for point in points for each in point]} if keypoints else {}))
    return objects


def _numbers_in(content: bytes, classes: Classes) -> Iterator[tuple[int, int, list[float]]]:
    """Of each line that isn't empty its number, the class, and the numbers after it. Raises `ValueError`."""
    for number, line in enumerate(lines_in(content), start=1):
        if not line.strip():
            continue
        try:
            first, *values = map(number_of, line.split())
        except ValueError:
            raise ValueError(f"line {number}: {line:.60} are not numbers") from None
        if not first.is_integer() or not all(map(math.isfinite, values)):
            raise ValueError(f"line {number}: {line:.60} are not the number of a class and coordinates")
        text = line.split()[0]
        category = int(text) if text.isdecimal() else int(first)
        try:
            classes.check(category)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        yield number, category, values


def _check_shares(number: int, values: list[float]) -> None:
    """Raise `ValueError` about the first that is no share of an image."""
    if (odd := next((value for value in values if not -_SLACK <= value <= 1 + _SLACK), None)) is not None:
        raise ValueError(f"line {number}: {odd} is not a share of the image's width or height, from 0 to 1")


def _box(values: list[float]) -> list[float]:
    """From the left and top, of one from the centre."""
    x, y, width, height = values
    return [x - width / 2, y - height / 2, width, height]
