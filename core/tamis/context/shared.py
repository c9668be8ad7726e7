"""What the inputs of one run share: each thing is made when it is first asked for, and once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.about import RunAbout
from tamis.context.known import Known, check_usable, notes_of
from tamis.data.column import Column
from tamis.data.fitting import fitted, predictions_of
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.embedding.embeddings import IMAGE, Embeddings, Subject
from tamis.embedding.queries import Queried, Query
from tamis.measuring.results import Measurements
from tamis.progress import Monitor


class Shared:
    """What exists once per run.

    Args:
        about: What was known before, and has been asked for.
        dataset: What is selected from.
        measured: What was measured of it.
        monitor: The caller's.
        known: What has been read of its annotations already.
        embeddings: Where vectors come from.
        queries: What they are compared with.
        preselected: Rows of the samples that are selected already.
        strict: Whether a prediction with an object outside its image is invalid as a whole.
    """

    def __init__(
        self,
        about: RunAbout,
        dataset: Dataset,
        measured: Measurements,
        monitor: Monitor,
        *,
        known: Known | None = None,
        embeddings: Embeddings | None = None,
        queries: Mapping[Query, Queried] | None = None,
        preselected: npt.NDArray[np.intp] | None = None,
        strict: bool = False,
    ) -> None:
        self.about, self.dataset, self._monitor = about, dataset, monitor
        self.metrics, self._sizes, self._objects = measured.columns, measured.sizes, measured.objects
        self.object_values, self._failures = measured.object_values, measured.failures
        self._known, self._embeddings, self._made = known or Known(), embeddings, measured.vectors
        self._strict = strict
        self._points: dict[Subject, Column] = {}
        self._metadata = self._known.metadata
        self.queries = dict(queries or {})
        self.preselected = np.arange(0) if preselected is None else preselected
        self.predictions_read: dict[str, Predictions] = {}

    def predictions(self, task: str) -> Predictions:
        """Those of a task, read once."""
        if (job := self.about.jobs.get(task)) and task not in self.predictions_read:
            made = predictions_of(job.schema, self._objects[task], self._sizes)
            plugin = self.about.registry.provider("task", job.task.name)
            reasons = {row: f"{why} ({plugin})" for row, why in made.reasons.items()}
            self.predictions_read[task] = attrs.evolve(made, reasons=reasons)
        if task not in self.predictions_read:
            read = self._known.predictions.get(task)
            if read is None:
                read = self.dataset.annotations.predictions(task, self.dataset.samples, self._monitor.step)
            found = fitted(read, self._sizes, strict=self._strict)
            check_usable(found, self.dataset.samples)
            self.predictions_read[task] = found
        return self.predictions_read[task]

    def metadata(self, key: str) -> Column:
        """A field of every sample. All that have been asked for are read together. Raises `KeyError`."""
        keys = dict.fromkeys([*self.about.asked_fields, key])
        if self._metadata is None or key not in self._metadata.columns:
            unknown = next((each for each in keys if each not in self.about.fields), None)
            if unknown is not None:
                raise KeyError(unknown)
            annotations = self.dataset.annotations
            self._metadata = annotations.metadata(tuple(keys), self.dataset.samples, self._monitor.step)
        return self._metadata.columns[key]

    def embeddings(self, subject: Subject) -> Column:
        """The vectors of the images, or of the objects of a task."""
        if subject not in self._points:
            assert self._embeddings is not None  # noqa: S101 (else the plan would have no subjects)
            column = self._embeddings.column(subject, self._made)
            if subject.task is not None:
                predictions = self.predictions(subject.task)
                reasons = {**column.reasons, **predictions.reasons}
                column = attrs.evolve(column, valid=column.valid & predictions.valid, reasons=reasons)
            self._points[subject] = column
        return self._points[subject]

    def queried(self, query: Query) -> Queried:
        """What was embedded of a query. Raises `RunError` if one of its images has no vector."""
        if self.queries[query].rows is not None:
            self.queries[query] = self.queries[query].completed(self.embeddings(IMAGE), self.dataset, self._failures)
        return self.queries[query]

    def notes(self) -> Iterator[str]:
        """What the user should know about the annotations that were read."""
        for task, read in self.predictions_read.items():
            yield from notes_of(task, read)
            if read.dropped:
                row, why = next(iter(read.dropped.items()))
                samples = f"{len(read.dropped)} sample{'s' * (len(read.dropped) > 1)}"
                yield f"task '{task}': objects of {samples} are left out, such as {self.dataset.samples[row]}: {why}"
        for name, found in self.object_values.items():
            if left_out := found.values.count(None):
                yield f"{name}: {left_out} objects without a box, a pixel or such a value are left out"
        if self._metadata is not None:
            yield from self._metadata.notes
