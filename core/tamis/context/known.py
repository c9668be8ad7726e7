"""What annotations say of a dataset's samples: read before any image is opened, and once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import attrs
import numpy as np

from tamis.data.field import Metadata
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.errors import PASSING, BrokenPluginError, Cancelled, PredictionError, RunError, TamisError, described
from tamis.progress import Monitor


@attrs.frozen(eq=False)
class Known:
    """The predictions and metadata that the inputs of a run have asked for.

    Attributes:
        predictions: By task, before they are fitted to their images.
        metadata: The fields; None if there are none, or something is wrong with them.
        problems: Why something can't be used, one for the metadata and one for each task.
    """

    predictions: Mapping[str, Predictions] = attrs.field(factory=dict)
    metadata: Metadata | None = None
    problems: tuple[TamisError, ...] = ()

    @classmethod
    def of(cls, dataset: Dataset, fields: Collection[str], tasks: Collection[str], monitor: Monitor) -> Known:
        """Read them. What is wrong with one doesn't keep the others from being read.

        Args:
            dataset: The samples.
            fields: Keys of metadata.
            tasks: Prediction tasks of its annotations.
            monitor: The caller's.

        Raises:
            Cancelled: the caller asked for it.
        """
        annotations, samples = dataset.annotations, dataset.samples
        problems: list[TamisError] = []
        metadata: Metadata | None = None
        predictions: dict[str, Predictions] = {}
        if fields:
            try:
                metadata = annotations.metadata(tuple(fields), samples, monitor.step)
            except BaseException as error:  # noqa: BLE001 (a plugin may raise anything)
                problems.append(_told(error, monitor, "the metadata", annotations.where))
        for task in tasks:
            try:
                found = annotations.predictions(task, samples, monitor.step)
                check_usable(found, samples)
                predictions[task] = found
            except BaseException as error:  # noqa: BLE001
                problems.append(_told(error, monitor, f"the predictions of task '{task}'", annotations.where))
        return cls(predictions, metadata, tuple(problems))

    def check(self) -> None:
        """Raise the first of the problems, if there are any."""
        for problem in self.problems:
            raise problem


def _told(error: BaseException, monitor: Monitor, what: str, where: str) -> TamisError:
    """The error as one of tamis's own; what the caller has asked for ends the reading."""
    if isinstance(error, (Cancelled, *PASSING)) or monitor.has_raised(error):
        raise error
    if isinstance(error, TamisError):
        return error
    if isinstance(error, MemoryError):
        short = RunError(f"{what} in {where or 'the annotations'} can't be read: there is not enough memory")
        short.__cause__ = error
        return short
    broken = BrokenPluginError(f"{what} in {where or 'the annotations'} can't be read: {described(error)}")
    broken.__cause__ = error
    return broken


def notes_of(task: str, read: Predictions) -> Iterator[str]:
    """What the user should know about the predictions of a task."""
    if read.orphans:
        shown = ", ".join(read.orphans[:3]) + ", ..." * (len(read.orphans) > 3)
        yield f"task '{task}': {len(read.orphans)} files belong to no sample: {shown}"
    yield from (f"task '{task}': {note}" for note in read.notes)


def check_usable(found: Predictions, samples: tuple[str, ...]) -> None:
    """Raise `PredictionError` if no prediction of a task can be used."""
    if not found.known.any():
        raise PredictionError(f"task '{found.schema.name}': {_all_lacking(found, samples)}")


def _all_lacking(found: Predictions, samples: tuple[str, ...]) -> str:
    """Why no prediction of a task can be used."""
    missing = int(np.count_nonzero(found.missing))
    text = f"all predictions in {found.where} are missing ({missing}) or invalid ({len(found.reasons)})"
    text += next((f", such as {samples[row]}: {why}" for row, why in found.reasons.items()), "")
    if found.orphans:
        text += f"; {found.orphans[0]} belongs to no sample, and samples are named like {samples[0]}"
    return text
