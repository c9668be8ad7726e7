"""Which tasks there are for a selection, and their predictions in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def read_of(selection: Selection, task: str) -> Predictions:
    """The predictions of all samples: among the selected ones alone, a name could seem to be clear that isn't.

    They are those of the annotations where these have the task, so that outlines are as they were given; else those of
    the run.

    Args:
        selection: The selection.
        task: One of `task_names`.

    Raises:
        PredictionError: no prediction of the task can be read.
    """
    known = selection.dataset.annotations
    if task in known.tasks():
        return known.predictions(task, selection.samples, lambda done, total: None)
    return next(each for each in selection.predictions if each.schema.name == task)


def check_usable(read: Predictions, samples: Sequence[str]) -> None:
    """Raise `PredictionError` if none of these samples has a prediction that can be used."""
    if read.known.any():
        return
    missing = int(np.count_nonzero(read.missing))
    text = f"task '{read.schema.name}': all labels{_in(read)} are missing ({missing}) or invalid ({len(read.reasons)})"
    if read.reasons:
        row = min(read.reasons)
        text += f", such as {samples[row]}: {read.reasons[row]}"
    if read.orphans:
        text += f"; {_orphans_of(read)}, and samples are named like {samples[0]}"
    raise PredictionError("; ".join([text, *read.notes]))


def predictions_of(selection: Selection, read: Predictions, sizes: Sizes, *, masks: bool) -> Predictions:
    """The predictions of the selected samples, in the order picked.

    Args:
        selection: The selection.
        read: Those of all samples.
        sizes: Width and height of each selected image.
        masks: Whether outlines become masks.
    """
    return fitted(read, np.array(sizes, dtype=np.int64).reshape(-1, 2), masks=masks, rows=selection.rows)


def _in(read: Predictions) -> str:
    """Where they were read, if that is known."""
    return f" in {read.where}" if read.where else ""


def _orphans_of(read: Predictions) -> str:
    """How many entries are of no sample."""
    return f"{len(read.orphans)} entries{_in(read)} belong to no sample, such as {read.orphans[0]}"


def notes_of(selection: Selection, predictions: Predictions) -> Iterator[str]:
    """What the user should know of what `predictions_of` gave."""
    whole = "" if len(selection.selected) == len(selection.samples) else "in the whole dataset: "
    yield from (f"{whole}{note}" for note in predictions.notes)
    if predictions.orphans:
        yield _orphans_of(predictions)
    for what, reasons in (("can't be used", predictions.reasons), ("lack an object", predictions.dropped)):
        if reasons:
            row = min(reasons)
            yield f"the labels of {len(reasons)} images {what}, such as {selection.selected[row]!r}: {reasons[row]}"


def unknown_of(samples: Sequence[str], outcome: str) -> Iterator[str]:
    """What there is to say of samples of which it isn't known which objects they have, and what becomes of them."""
    if samples:
        yield f"it isn't known which objects {len(samples)} images have, such as {samples[0]!r}: {outcome}"


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
