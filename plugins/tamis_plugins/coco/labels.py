"""A file of COCO's objects as annotations, whatever its images are."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from tamis import TaskSchema
from tamis_plugins.coco.file import CocoFile
from tamis_plugins.coco.objects import TASKS, TYPES, Task, has, objects_of
from tamis_plugins.label_lists.annotations import ListedLabels


class CocoLabels(ListedLabels):
    """Objects with boxes, masks and keypoints, read when it is first asked for something.

    Args:
        where: The file.
        task: The only task to take; None for all that it has something for.
        crowd: Whether crowds count as objects.
    """

    def __init__(self, where: str, task: Task | None, *, crowd: bool) -> None:
        self.where, self._task, self._crowd = where, task, crowd

    @abstractmethod
    def read(self) -> CocoFile:
        """The file. Raises `PredictionError`."""

    @cached_property
    def _file(self) -> CocoFile:
        return self.read()

    @cached_property
    def _tasks(self) -> tuple[Task, ...]:
        if self._task is not None:
            return (self._task,)
        every = [annotation for found in self._file.annotations.values() for annotation in found]
        there = tuple(task for task in TASKS if any(has(task, annotation) for annotation in every))
        return there or ("detection",)

    def tasks(self) -> Collection[str]:
        """Those that it has something for."""
        return self._tasks

    def task(self, name: str) -> TaskSchema:
        """With all categories of the file."""
        if name not in self._tasks:
            return super().task(name)
        return self._file.schema(name, TYPES[name], self.where)

    def names(self) -> Sequence[str]:
        """Of the images."""
        return self._file.names

    def objects(self, task: str, row: int, counts: Counter[str]) -> list[dict[str, Any]]:
        """The annotations of an image."""
        file = self._file
        annotations = file.annotations.get(file.ids[row], [])
        name = next(each for each in TASKS if each == task)
        return objects_of(name, annotations, file.sizes[row], results=file.results, crowd=self._crowd, counts=counts)

    def notes(self, task: str, counts: Mapping[str, int]) -> Sequence[str]:
        """Of crowds, of objects that lack something, and of those of no image."""
        notes = []
        if crowds := counts.get("crowds"):
            what = "count as one object each" if self._crowd else "are left out"
            notes.append(f"{crowds} objects are crowds, and {what}")
        if lacking := counts.get("lacking"):
            notes.append(f"{lacking} objects have no {'box' if task == 'detection' else task}, and are left out")
        if strangers := self._file.strangers:
            notes.append(f"{strangers} objects are of images that {self._file.listed_in} doesn't list")
        return notes
