"""Images whose objects are shapes: boxes, outlines, classes of the whole image."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, get_args

import attrs
import numpy as np

from tamis import TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.label_lists.annotations import ListedLabels

#: What a task of a file can be called.
Task = Literal["detection", "segmentation", "classification"]
TASKS: tuple[Task, ...] = get_args(Task)
TYPES: Mapping[str, Any] = {
    "detection": "object-detection",
    "segmentation": "instance-segmentation",
    "classification": "classification",
}


@attrs.frozen(eq=False)
class Shape:
    """An object, or a class of the whole image.

    Attributes:
        category: The name of its class.
        box: x, y, width, height in pixels; None for all of the image.
        ring: The polygon around it, x and y in turn; empty if that isn't known.
        runs: The run lengths of its mask, of zeros and ones in turn, row by row, zeros first; empty likewise.
    """

    category: str
    box: tuple[float, float, float, float] | None
    ring: Sequence[float] = ()
    runs: Sequence[int] = ()

    def of(self, task: str) -> dict[str, Any] | None:
        """What it is for a task, without its class; None if it is nothing."""
        if task == "classification" or self.box is None:
            return {} if task == "classification" and self.box is None else None
        if task == "detection":
            return {"bbox": list(self.box)}
        outline = {"polygons": [list(self.ring)]} if self.ring else {"segmentation": list(self.runs)}
        return {**outline, "bbox": list(self.box)} if self.ring or self.runs else None


def around(ring: Sequence[float]) -> tuple[float, float, float, float]:
    """The box around a polygon. Raises `ValueError` if it has no three points."""
    if len(ring) < 6 or len(ring) % 2:
        raise ValueError("a polygon has fewer than three points")
    points = np.array(ring, dtype=np.float64).reshape(-1, 2)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right - left, bottom - top


@attrs.frozen(eq=False)
class Shapes:
    """What a file says.

    Attributes:
        names: Of the images, unique.
        shapes: Those of each; or what is wrong with it; or None, if nobody has looked at it.
        categories: The classes, in order.
        left_out: How many objects are of which kind that is none of the tasks.
        notes: What else there is to say.
    """

    names: Sequence[str]
    shapes: Sequence[Sequence[Shape] | str | None]
    categories: Sequence[str]
    left_out: Mapping[str, int] = attrs.field(factory=dict)
    notes: Sequence[str] = ()


class ShapeLabels(ListedLabels):
    """Labels by hand, read when they are first asked for. Each object counts as predicted with score 1.

    Args:
        where: The file.
        task: The only task to take; None for all that there is something for.
    """

    def __init__(self, where: str, task: str | None) -> None:
        self.where, self._only = where, task

    @abstractmethod
    def read(self) -> Shapes:
        """What the file says. Raises `PredictionError`."""

    @cached_property
    def _read(self) -> Shapes:
        found = self.read()
        if twice := next((name for name, count in Counter(found.names).items() if count > 1), None):
            raise PredictionError(f"{self.where}: two images are called {twice!r}")
        return found

    @cached_property
    def _tasks(self) -> tuple[str, ...]:
        if self._only is not None:
            return (self._only,)
        every = [shape for found in self._read.shapes if isinstance(found, list) for shape in found]
        return tuple(task for task in TASKS if any(shape.of(task) is not None for shape in every)) or ("detection",)

    def tasks(self) -> Collection[str]:
        """Those that there is something for."""
        return self._tasks

    def task(self, name: str) -> TaskSchema:
        """With all classes, numbered from 0."""
        if name not in self._tasks:
            return super().task(name)
        names = tuple(self._read.categories)
        if not names:
            raise PredictionError(f"{self.where}: no object has a class")
        try:
            return TaskSchema(name, TYPES[name], range(len(names)), names)
        except ValueError as error:
            raise PredictionError(f"{self.where}: {error}") from error

    def names(self) -> Sequence[str]:
        """Of the images."""
        return self._read.names

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self._read.categories)}

    def objects(self, task: str, row: int, counts: Counter[str]) -> list[dict[str, Any]] | None:
        """The shapes of an image that are something for the task."""
        found = self._read.shapes[row]
        if isinstance(found, str):
            raise ValueError(found)  # noqa: TRY004 (it is the reason)
        if found is None:
            counts["unlabelled"] += 1
            return None
        objects = []
        for shape in found:
            if shape.category not in self._positions:
                raise ValueError(f"{shape.category!r} is none of the classes {', '.join(self._positions)}")
            if (made := shape.of(task)) is None:
                counts["lacking"] += task == "segmentation" and shape.box is not None
            else:
                objects.append({"category_id": self._positions[shape.category], "score": 1.0, **made})
        return objects if objects or task != "classification" else None

    def notes(self, task: str, counts: Mapping[str, int]) -> Sequence[str]:
        """Of what is left out."""
        notes = list(self._read.notes)
        if count := counts.get("unlabelled"):
            notes.append(f"{count} images have not been labelled")
        if count := counts.get("lacking"):
            notes.append(f"{count} objects have no outline, and are left out")
        if self._read.left_out:
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self._read.left_out.items()))
            notes.append(f"left out, as no task here has such: {kinds}")
        return notes
