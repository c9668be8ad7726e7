"""COCO's JSON: objects in boxes, with masks and with keypoints; ground truth, or what a model has predicted.

The location is the file, a path or a URL as the source ``url`` takes them. Ground truth is an object with ``images``,
``categories`` and ``annotations``; each of its objects counts as predicted with score 1. Results are a list, as COCO's
evaluation takes it; ``images_from`` is then the ground truth that has the images and categories.

The tasks are ``detection`` (boxes), ``segmentation`` (polygons and run lengths, whose masks are those of COCO's own
tools) and ``keypoints``: those that the file has something for, or the one that ``task`` names. With
``--annotations NAME=coco:FILE`` they are called ``NAME.detection`` and so on, or ``NAME`` if it is one. An object that
has nothing for a task is left out of it. A keypoint has confidence 1 if it was labelled, else 0.

An image is the sample of the same name as its ``file_name``, else the one whose path ends with it, or that is the end
of it, if that is clear. A sample that the file lists without annotations has no objects. Crowds (``iscrowd``) count as
an object each, which a note says; ``crowd=false`` leaves them out. What is wrong with one annotation costs its sample.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from tamis import (
    AnnotationFormat,
    Annotations,
    Params,
    Predictions,
    PredictionsBuilder,
    Report,
    TaskSchema,
    hookimpl,
)
from tamis.errors import DatasetError, ParameterError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, file_there
from tamis_plugins.coco.file import CocoFile, read_coco
from tamis_plugins.coco.objects import TASKS, TYPES, Counts, Task, has, objects_of
from tamis_plugins.matching.names import NameIndex
from tamis_plugins.remote.place import is_url

#: Samples whose objects are laid out together.
BATCH = 512


class Coco(Annotations):
    """A COCO file, read when it is first asked for something.

    Args:
        file: The file.
        images_from: That which has the images and categories of results.
        options: The format's.
    """

    def __init__(self, file: File, images_from: File | None, options: Params) -> None:
        self.where = file.where
        self._source, self._images_from, self._crowd = file, images_from, options["crowd"]
        self._task: Task | None = options.get("task")

    @cached_property
    def _file(self) -> CocoFile:
        return read_coco(self._source, self._images_from)

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

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """The annotations of these samples."""
        builder = PredictionsBuilder(self.task(name), len(samples))
        task = next(task for task in TASKS if task == name)
        file, counts = self._file, Counts()
        matched = NameIndex(file.names).match(samples)
        rows = matched.rows.tolist()
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            found: dict[int, list[Any]] = {}
            for row in range(start, min(start + BATCH, len(samples))):
                if rows[row] < 0:
                    continue
                annotations = file.annotations.get(file.ids[rows[row]], [])
                try:
                    size = file.sizes[rows[row]]
                    found[row] = objects_of(
                        task, annotations, size, results=file.results, crowd=self._crowd, counts=counts
                    )
                except ValueError as error:
                    builder.reasons[row] = str(error)
            builder.add(found)
        notes = [*matched.notes, *self._notes(task, counts)]
        orphans = tuple(file.names[row] for row in matched.orphans.tolist())
        return builder.build(orphans, self.where, tuple(notes))

    def _notes(self, task: Task, counts: Counts) -> list[str]:
        notes = []
        if counts.crowds:
            what = "count as one object each" if self._crowd else "are left out"
            notes.append(f"{counts.crowds} objects are crowds, and {what}")
        if counts.lacking:
            notes.append(f"{counts.lacking} objects have no {'box' if task == 'detection' else task}, and are left out")
        if self._file.strangers:
            notes.append(f"{self._file.strangers} objects are of images that {self.where} doesn't list")
        return notes


def read(location: str, options: Params) -> Coco:
    """Open the file; it is read later."""
    file = file_there(location, "COCO file", options)
    if "images_from" not in options:
        return Coco(file, None, options)
    try:
        images_from = file_there(options["images_from"], "file", options if is_url(options["images_from"]) else {})
    except DatasetError as error:
        raise ParameterError("images_from", str(error)) from error
    return Coco(file, images_from, options)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare coco."""
    schema = {
        "properties": {
            "task": {"enum": list(TASKS), "description": "The only one to take; by default all that there are."},
            "images_from": {
                "type": "string",
                "minLength": 1,
                "description": "Of results: the ground truth that has their images and categories.",
            },
            "crowd": {"type": "boolean", "default": True, "description": "Whether crowds count as objects."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("coco", read, schema=schema, doc=__doc__ or "")]
