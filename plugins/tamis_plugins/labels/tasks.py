"""Which tasks there are for a selection, and their predictions in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from PIL import Image

from tamis import Dataset, Predictions, Selection, fitted
from tamis.errors import DatasetError, ParameterError, PredictionError

#: The schema of the option that says which task.
TASK = {"type": "string", "minLength": 1, "description": "The prediction task; needed where there are several."}

Sizes = Sequence[tuple[int, int]]


def task_names(selection: Selection) -> tuple[str, ...]:
    """The tasks that there are: of annotations, and those that were predicted in the run."""
    predicted = (predictions.schema.name for predictions in selection.predictions)
    return tuple(dict.fromkeys([*selection.dataset.annotations.tasks(), *predicted]))


def chosen(selection: Selection, task: str | None) -> str:
    """The task of this name; for None the only one that there is. Raises `ParameterError` or `PredictionError`."""
    names = task_names(selection)
    if not names:
        raise PredictionError(
            "there are no objects: the dataset has no annotations with a task, and what a run has predicted isn't in "
            "its folder; say where they are (--annotations FORMAT:LOCATION)"
        )
    if task is None and len(names) > 1:
        raise ParameterError("task", f"is needed: there are the tasks {', '.join(names)}")
    if task is not None and task not in names:
        raise ParameterError("task", f"{task!r} is none of the tasks {', '.join(names)}")
    return task or names[0]


def predictions_of(
    selection: Selection, task: str, sizes: Sizes, *, masks: bool
) -> tuple[tuple[str, ...], Predictions]:
    """The predictions of the selected samples, and the samples that their rows are of.

    They are those of the annotations where these have the task, so that outlines are as they were given; else those of
    the run, in which only selected samples are present.

    Args:
        selection: The selection.
        task: One of `task_names`.
        sizes: Width and height of each selected image.
        masks: Whether outlines become masks.
    """
    known = selection.dataset.annotations
    if task in known.tasks():
        found = known.predictions(task, selection.selected, lambda done, total: None)
        return selection.selected, fitted(found, np.array(sizes, dtype=np.int64).reshape(-1, 2), masks=masks)
    predicted = next(each for each in selection.predictions if each.schema.name == task)
    selected = np.array([sample in selection.ranks for sample in selection.samples])
    return selection.samples, attrs.evolve(predicted, present=predicted.present & selected)


def sizes_of(dataset: Dataset, samples: Sequence[str]) -> Sizes:
    """Width and height of the images, as they are stored. Raises `DatasetError` if one can't be read."""
    return [_size(dataset, sample) for sample in samples]


def _size(dataset: Dataset, sample: str) -> tuple[int, int]:
    try:
        with dataset.image(sample) as image:
            return image.size
    except (OSError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"the size of the image {sample!r} can't be read: {reason}") from error
