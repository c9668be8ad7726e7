"""CVAT's own XML, ``CVAT for images 1.1``: boxes, polygons, masks, ellipses, and tags of whole images.

The location is the file, such as ``annotations.xml``, a path or a URL as the source ``url`` takes them. The tasks are
``detection`` (boxes, and the box around whatever has another shape or is rotated), ``segmentation`` (polygons and
masks) and ``classification`` (tags): those that the file has something for, or the one that ``task`` names. Each object
counts as predicted with score 1. The classes are those that the file lists as labels, in its order; one that has none
is taken to have those that occur. Polylines, points, skeletons and cuboids are left out, which a note says.

An image is the sample of the same name, else the one whose path ends with it, or that is the end of it, if that is
clear. One without objects has none. What is wrong with an image costs its sample. Tracks, which are videos, are not
read: CVAT exports their frames as ``CVAT for images`` too.

tamis reads the file itself: labelformat takes boxes only and drops all else without a word, and one box of an unknown
class, or one wrong image, costs it the whole file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np

from tamis import AnnotationFormat, Params, hookimpl
from tamis.errors import PredictionError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, file_there
from tamis_plugins.label_files.numbers import number_of
from tamis_plugins.label_lists.shapes import TASKS, Shape, ShapeLabels, Shapes, around
from tamis_plugins.labels.masks import runs_of

#: What an image's element may hold that is no task.
LEFT_OUT = ("polyline", "points", "skeleton", "cuboid")
#: Where the labels of an export are.
_LABELS = ".//meta//labels/label/name"


class Cvat(ShapeLabels):
    """An XML file."""

    def __init__(self, file: File, task: str | None) -> None:
        super().__init__(file.where, task)
        self._file = file

    def read(self) -> Shapes:
        """All images of it."""
        root = self._root()
        names: list[str] = []
        shapes: list[list[Shape] | str | None] = []
        left_out: Counter[str] = Counter()
        for number, image in enumerate(root.iterfind("image")):
            if not (name := image.get("name")):
                raise PredictionError(f"{self.where}: image[{number}] has no name")
            names.append(name)
            left_out.update(element.tag for element in image if element.tag in LEFT_OUT)
            try:
                shapes.append(list(_shapes(image)))
            except ValueError as error:
                shapes.append(str(error))
        if not names:
            what = "it has tracks, as of a video: export it as 'CVAT for images'" if root.find("track") else "no image"
            raise PredictionError(f"{self.where}: {what}")
        listed = dict.fromkeys((each.text or "").strip() for each in root.iterfind(_LABELS))
        occurring = {shape.category for found in shapes if isinstance(found, list) for shape in found}
        return Shapes(names, shapes, tuple(listed) or tuple(sorted(occurring)), left_out)

    def _root(self) -> ElementTree.Element:
        try:
            with self._file.open() as file:
                root = ElementTree.parse(file).getroot()  # noqa: S314
        except OSError as error:
            raise PredictionError(f"{self.where}: can't be read: {error.strerror or error}") from error
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise PredictionError(f"{self.where}: not XML: {error}") from error
        if root.tag != "annotations":
            raise PredictionError(f"{self.where}: its root is <{root.tag}>, not <annotations>")
        return root


def _shapes(image: ElementTree.Element) -> Iterator[Shape]:
    """The objects of an image. Raises `ValueError` with what is wrong with one."""
    counts: Counter[str] = Counter()
    for element in image:
        if (make := _MAKERS.get(element.tag)) is None:
            continue
        where = f"{element.tag}[{counts[element.tag]}]"
        counts[element.tag] += 1
        if not (label := element.get("label")):
            raise ValueError(f"{where} has no label")
        try:
            yield make(label, element, image)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{where}: {error}") from error


def _number(element: ElementTree.Element, name: str) -> float:
    if (text := element.get(name)) is None:
        raise ValueError(f"it has no {name}")
    if not math.isfinite(number := number_of(text)):
        raise ValueError(f"{name} is {text}")
    return number


def _box(label: str, element: ElementTree.Element, image: ElementTree.Element) -> Shape:
    left, top, right, bottom = (_number(element, name) for name in ("xtl", "ytl", "xbr", "ybr"))
    if right < left or bottom < top:
        raise ValueError("it is no box from left to right and top to bottom")
    wide, high = right - left, bottom - top
    turn = math.radians(number_of(element.get("rotation", "0")))
    cosine, sine = abs(math.cos(turn)), abs(math.sin(turn))
    extents = (wide * cosine + high * sine, wide * sine + high * cosine) if turn else (wide, high)
    return Shape(label, _centred((left + right) / 2, (top + bottom) / 2, *extents) if turn else (left, top, wide, high))


def _ellipse(label: str, element: ElementTree.Element, image: ElementTree.Element) -> Shape:
    x, y, across, down = (_number(element, name) for name in ("cx", "cy", "rx", "ry"))
    turn = math.radians(number_of(element.get("rotation", "0")))
    cosine, sine = math.cos(turn), math.sin(turn)
    extents = 2 * math.hypot(across * cosine, down * sine), 2 * math.hypot(across * sine, down * cosine)
    return Shape(label, _centred(x, y, *extents))


def _centred(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    return x - wide / 2, y - high / 2, wide, high


def _polygon(label: str, element: ElementTree.Element, image: ElementTree.Element) -> Shape:
    ring = [number_of(text) for point in element.get("points", "").split(";") for text in point.split(",")]
    return Shape(label, around(ring), ring)


def _mask(label: str, element: ElementTree.Element, image: ElementTree.Element) -> Shape:
    """Its run lengths are those of the pixels in its box, row by row."""
    left, top, wide, high = (int(_number(element, name)) for name in ("left", "top", "width", "height"))
    size = int(_number(image, "width")), int(_number(image, "height"))
    if min(left, top) < 0 or min(wide, high) < 1 or left + wide > size[0] or top + high > size[1]:
        raise ValueError("it lies outside of its image")
    runs = np.array([int(text) for text in element.get("rle", "").split(",")], dtype=np.int64)
    if (runs < 0).any() or runs.sum() != wide * high:
        raise ValueError(f"its run lengths are not of {wide} x {high} pixels")
    mask = np.zeros((size[1], size[0]), dtype=bool)
    mask[top : top + high, left : left + wide] = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(high, wide)
    return Shape(label, (left, top, wide, high), runs=runs_of(mask.reshape(-1)))


def _tag(label: str, element: ElementTree.Element, image: ElementTree.Element) -> Shape:
    return Shape(label, None)


_MAKERS: dict[str, Any] = {"box": _box, "ellipse": _ellipse, "polygon": _polygon, "mask": _mask, "tag": _tag}


def read(location: str, options: Params) -> Cvat:
    """Open the file; it is read later."""
    return Cvat(file_there(location, "CVAT file", options), options.get("task"))


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare cvat."""
    schema = {
        "properties": {
            "task": {"enum": list(TASKS), "description": "The only one to take; by default all that there are."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("cvat", read, schema=schema, doc=__doc__ or "")]
