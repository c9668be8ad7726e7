"""The folder that an image is in, as a classification task ``folder``, as torchvision's ImageFolder has it.

The location is the folder whose folders are the classes, in alphabetical order; usually that of the images themselves:
``--input photos --annotations folders:photos``. Or it is a text file with a class on each line, in that order, where
images are somewhere else. No image and no folder below is looked at: the class of a sample is the first folder in its
name that is one of them. A sample in none of them has no prediction, and a note says how many there are.
``NAME=folders:photos`` calls the task ``NAME``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path

from tamis import (
    AnnotationFormat,
    Annotations,
    Params,
    Predictions,
    PredictionsBuilder,
    Report,
    TaskSchema,
    hookimpl,
    read_names,
)
from tamis.errors import DatasetError, PredictionError
from tamis_plugins.local_files.regular import problem_of

TASK = "folder"
#: Samples that are taken in at a time.
BATCH = 65_536


class Folders(Annotations):
    """The classes of a folder, or of a list.

    Args:
        where: The location.
        classes: In order.
    """

    def __init__(self, where: str, classes: Sequence[str]) -> None:
        self.where, self._classes = where, tuple(classes)

    def tasks(self) -> Collection[str]:
        """The one."""
        return (TASK,)

    def task(self, name: str) -> TaskSchema:
        """With an id for each class, from 0."""
        return self._schema if name == TASK else super().task(name)

    @cached_property
    def _schema(self) -> TaskSchema:
        try:
            return TaskSchema(TASK, "classification", range(len(self._classes)), self._classes)
        except ValueError as error:
            raise PredictionError(f"{self.where}: {error}") from error

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """One object for each sample that is in one of the folders."""
        builder = PredictionsBuilder(self.task(name), len(samples))
        objects = {label: [{"category_id": number, "score": 1.0}] for number, label in enumerate(self._classes)}
        lost: list[str] = []
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            found = {}
            for row in range(start, min(start + BATCH, len(samples))):
                label = next((part for part in samples[row].split("/")[:-1] if part in objects), None)
                if label is None:
                    lost.append(samples[row])
                else:
                    found[row] = objects[label]
            builder.add(found)
        notes = (f"{len(lost)} samples are in none of the folders, such as {lost[0]}",) if lost else ()
        return builder.build((), self.where, notes)


def read(location: str, options: Params) -> Folders:
    """The names of the classes."""
    path = Path(location)
    try:
        if path.is_dir():
            classes = sorted(each.name for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))
        elif problem := problem_of(path):
            raise DatasetError(f"the folder or list {location!r} {problem}")
        else:
            classes = list(read_names(path))
    except OSError as error:
        raise DatasetError(f"the folder {location!r} can't be read: {error.strerror or error}") from error
    if not classes:
        raise DatasetError(f"{location}: {'no folder in it' if path.is_dir() else 'no line'}, so there is no class")
    return Folders(str(path.absolute()), classes)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare folders."""
    return [AnnotationFormat("folders", read, doc=__doc__ or "")]
