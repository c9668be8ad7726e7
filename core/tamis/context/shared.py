"""What the inputs of one run share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.about import About, read_task
from tamis.data.column import Column
from tamis.data.prediction_fitting import fitted, predictions_of
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.embedding.embeddings import Embeddings, Query, Subject
from tamis.errors import PredictionError
from tamis.lightly.metadata_files import MetadataTable
from tamis.lightly.sidecar import sidecar_path
from tamis.measuring.results import Measurements
from tamis.progress import Monitor


class Shared:
    """What the inputs of one run share: each thing is made when it is first asked for, and once."""

    def __init__(
        self,
        about: About,
        dataset: Dataset,
        measured: Measurements,
        monitor: Monitor,
        *,
        read: Mapping[str, Predictions] | None = None,
        embeddings: Embeddings | None = None,
        queries: Mapping[Query, npt.NDArray[np.float32]] | None = None,
    ) -> None:
        self.about, self.dataset, self._monitor = about, dataset, monitor
        self.metrics, self._sizes, self._objects = measured.columns, measured.sizes, measured.objects
        self._read, self._embeddings, self._made = read or {}, embeddings, measured.vectors
        self._points: dict[Subject, Column] = {}
        self.queries = queries or {}
        self.predictions_read: dict[str, Predictions] = {}

    def predictions(self, task: str) -> Predictions:
        """Those of a task, read once."""
        if (job := self.about.jobs.get(task)) and task not in self.predictions_read:
            made = predictions_of(job.schema, self._objects[task], self._sizes)
            plugin = self.about.registry.provider("task", job.task.name)
            reasons = {row: f"{why} ({plugin})" for row, why in made.reasons.items()}
            self.predictions_read[task] = attrs.evolve(made, reasons=reasons)
        if task not in self.predictions_read:
            read = self._read.get(task) or read_task(self.about, self.dataset.samples, task, self._monitor)
            found = fitted(read, self._sizes)
            if not (found.present & found.valid).any():
                raise PredictionError(f"task '{task}': all predictions in {self._all_lacking(task, found)}")
            self.predictions_read[task] = found
        return self.predictions_read[task]

    def _all_lacking(self, task: str, found: Predictions) -> str:
        """What became of the files of a task, none of which can be used."""
        lacking = np.flatnonzero(~found.present & found.valid)
        text = f"{self.about.folder('predictions')}/{task} are missing ({len(lacking)}) or invalid"
        text += f" ({len(found.reasons)})"
        text += next((f", such as {self.dataset.samples[row]}: {why}" for row, why in found.reasons.items()), "")
        if len(lacking):
            sample = self.dataset.samples[lacking[0]]
            text += f"; that of {sample} would be {sidecar_path(sample)}"
        if found.orphans:
            text += f", and {found.orphans[0]} belongs to no sample"
        return text

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

    def notes(self) -> Iterator[str]:
        """What the user should know about the files that were read."""
        files = {f"task '{task}'": read.orphans for task, read in self.predictions_read.items()}
        if "metadata" in vars(self):
            files["metadata"] = self.metadata.orphans
        for what, names in files.items():
            if names:
                yield f"{what}: {len(names)} files belong to no sample: {', '.join(names[:3])}" + (
                    ", ..." if len(names) > 3 else ""
                )
        if "metadata" in vars(self):
            yield from self.metadata.notes()

    @cached_property
    def metadata(self) -> MetadataTable:
        """The custom metadata, read once."""
        folder = self.about.folder("metadata")
        assert folder is not None  # noqa: S101 (else there would be no field to ask for)
        return MetadataTable(folder, self.about.metadata, self.dataset.samples)
