"""YOLO's labels, from v5 on: a text file for each image, with boxes, polygons, or boxes with keypoints.

The location is ``data.yaml``, a folder with one (that needs the extra ``yaml``), or a folder of label files, or of
``labels`` with them; a path or a URL, as the source ``url`` takes them. ``data.yaml`` says where images are, and labels
are where ``labels`` stands in place of ``images``; ``split`` takes one of ``train``, ``val`` and ``test``, by default
all. The names of the categories are those of ``data.yaml``, of ``classes.txt`` in the folder, or of ``names``, such as
``names=["cat","dog"]``.

A line is ``class x y width height``, or ``class x1 y1 x2 y2 x3 y3 ...``, a polygon; in shares of the image's width and
height, which tamis makes pixels of once it has opened the image; one that is off 0..1 by more than a hundredth is
wrong. A last number, as models write it, is the score; else it's 1. The tasks are ``detection``, in which a polygon
counts as the box around it, and ``segmentation``, in which every line has to be a polygon; or the one that ``task``
names.

Where ``data.yaml`` has ``kpt_shape``, such as ``[17, 3]``, a line is ``class x y width height`` and so many keypoints,
of 2 numbers, ``x y``, or 3, ``x y visibility``; and the score, if there is one. The tasks are ``detection`` (boxes) and
``keypoints``. A keypoint has confidence 1 if it was labelled, visible or not, or if there is no visibility; 0 if it
wasn't labelled; a number between them is the confidence of a model.

A label file belongs to the image of the same path but for the suffix, or whose path ends with it, or that is the end of
it, if that is clear. A sample without a file has no objects. What is wrong with a line costs its sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from tamis import AnnotationFormat, Params, TaskSchema, hookimpl
from tamis.errors import DatasetError, PredictionError
from tamis_plugins.anywhere.finding import ACCESS
from tamis_plugins.label_files.annotations import LabelledFiles
from tamis_plugins.label_files.files import LabelFiles
from tamis_plugins.yolo.classes import Classes
from tamis_plugins.yolo.dataset import SPLITS, YoloDataset, find_dataset
from tamis_plugins.yolo.lines import objects_in, posed_objects_in

TASKS = {
    "detection": "object-detection",
    "segmentation": "instance-segmentation",
    "keypoints": "keypoint-detection",
}


class Yolo(LabelledFiles):
    """The labels of a data set."""

    def __init__(self, dataset: YoloDataset, tasks: Sequence[str]) -> None:
        files = LabelFiles(dataset.tree, dataset.folders, ".txt", ("classes.txt", "train.txt", "val.txt", "test.txt"))
        super().__init__(dataset.where, files, tasks, relative=True)
        self._classes, self._keypoints = dataset.classes, dataset.keypoints

    def task(self, name: str) -> TaskSchema:
        """With the categories that were named."""
        if name not in self.tasks():
            return super().task(name)
        categories = self._classes.names
        try:
            return TaskSchema(name, TASKS[name], tuple(categories), tuple(categories.values()))  # type: ignore[arg-type]
        except ValueError as error:
            raise PredictionError(f"{self.where}: {error}") from error

    def objects(self, content: bytes, task: str) -> list[dict[str, Any]]:
        """A line each."""
        if self._keypoints is not None:
            return posed_objects_in(content, self._classes, self._keypoints, keypoints=task == "keypoints")
        return objects_in(content, self._classes, polygons=task == "segmentation")


def read(location: str, options: Params) -> Yolo:
    """Find the label files' folders and the names of categories."""
    dataset = find_dataset(location, options.get("split"), options)
    if "names" in options:
        dataset = attrs.evolve(dataset, classes=Classes(dict(enumerate(options["names"])), "names="))
    if not dataset.classes.names:
        raise DatasetError(f'{dataset.where}: nothing says what the classes are called: names=["cat","dog"]')
    for folder in dataset.folders:
        if not dataset.tree.is_folder(folder.path):
            shown = dataset.tree.shown(folder.path)
            remedy = ": split= takes one of several" if len(dataset.folders) > 1 else ""
            raise DatasetError(f"{dataset.where}: the folder of labels {shown!r} does not exist{remedy}")
    return Yolo(dataset, _tasks(options.get("task"), dataset))


def _tasks(task: str | None, dataset: YoloDataset) -> list[str]:
    """Those that lines of such a data set have something for, or the one that was named."""
    there = ["detection", "segmentation" if dataset.keypoints is None else "keypoints"]
    if task is not None and task not in there:
        why = "no kpt_shape says what keypoints there are"
        if dataset.keypoints is not None:
            why = "kpt_shape says that lines are boxes with keypoints"
        raise DatasetError(f"{dataset.where} has no task {task!r}, as {why}: task= takes {' or '.join(there)}")
    return there if task is None else [task]


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare yolo."""
    schema = {
        "properties": {
            "task": {"enum": list(TASKS), "description": "The only one to take; by default all that lines can have."},
            "names": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "uniqueItems": True,
                "description": "The categories, in the order of their numbers, from 0.",
            },
            "split": {"enum": list(SPLITS), "description": "Of a data.yaml: the only one to take."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("yolo", read, schema=schema, doc=__doc__ or "")]
