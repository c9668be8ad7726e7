"""Metrics of objects: which are wanted, how objects are cut out of an image, and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs
import numpy as np
from PIL import Image

from tamis.data.header import Header
from tamis.data.object_values import ObjectValues, Value
from tamis.measuring.vectors import Floats, corners_of


@attrs.frozen
class ObjectMetric:
    """A metric of each object of a task: one whose boxes are handed to `measure`, or an auto task of the same run."""

    key: str
    task: str

    @property
    def name(self) -> str:
        """What failures call it."""
        return f"{self.key} of {self.task}"


class CollectedObjects:
    """Takes in the objects of one sample after the other, in any order."""

    def __init__(self, samples: int) -> None:
        self._found: dict[int, Sequence[Value]] = {}
        self._samples = samples

    def add(self, row: int, values: Sequence[Value]) -> None:
        """Those of one sample."""
        self._found[row] = values

    def values(self) -> ObjectValues:
        """All of them."""
        counts = np.zeros(self._samples, dtype=np.int64)
        known = np.zeros(self._samples, dtype=bool)
        for row, values in self._found.items():
            counts[row], known[row] = len(values), True
        flat = tuple(value for row in sorted(self._found) for value in self._found[row])
        return ObjectValues(flat, np.concatenate([[0], counts.cumsum()]), known)


def crops(image: Image.Image, header: Header, boxes: Floats) -> Iterator[tuple[Image.Image, Header] | None]:
    """Each object as an image by itself; None where there is no box, or no pixel in it."""
    for left, top, right, bottom in corners_of(boxes, header.width, header.height).tolist():
        if right <= left or bottom <= top:
            yield None
        else:
            size = {"width": right - left, "height": bottom - top}
            yield image.crop((left, top, right, bottom)), attrs.evolve(header, **size)


@contextmanager
def opening(crop: tuple[Image.Image, Header]) -> Iterator[tuple[Image.Image, Header, None]]:
    """An object in the place of a file that is opened."""
    yield (*crop, None)


def written(values: Sequence[Value]) -> str:
    """As a store has them."""
    return json.dumps(values, separators=(",", ":"))


def read(text: str, dtype: str) -> list[Value]:
    """What `written` wrote. Raises `ValueError` if it is something else."""
    values = json.loads(text)
    of = {"float": float, "int": int, "category": str}[dtype]
    if not isinstance(values, list) or not all(value is None or type(value) is of for value in values):
        raise ValueError(f"it holds something that is no list of {dtype}")
    return values
