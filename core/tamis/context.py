"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.column import Column
from tamis.dataset.dataset import Dataset
from tamis.declarations import Kind, Metric, Scorer
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError, EmbeddingError, PredictionError
from tamis.lightly.metadata_files import MetadataField, MetadataTable, read_fields
from tamis.lightly.prediction_files import read_predictions
from tamis.lightly.prediction_fitting import fitted, predictions_of
from tamis.lightly.predictions import Predictions
from tamis.lightly.tasks import TaskSchema, read_schema, task_names
from tamis.measuring.jobs import Job
from tamis.progress import Monitor

#: The types of tasks whose objects are things to look at, each in a box.
BOXED = ("object-detection", "keypoint-detection")


@attrs.frozen(slots=False)
class About:
    """What is known before any data is touched.

    Attributes:
        registry: The plugins.
        lightly: The folder that holds ``.lightly/``; None where a config is checked without a dataset.
        jobs: The config's auto tasks by name.
    """

    registry: Registry
    lightly: Path | None = None
    jobs: Mapping[str, Job] = attrs.field(factory=dict)
    _wanted: dict[str, Job] = attrs.field(factory=dict, init=False, repr=False)
    _embedded: dict[str | None, None] = attrs.field(factory=dict, init=False, repr=False)
    _used: dict[Plugin, None] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def used(self) -> tuple[Plugin, ...]:
        """The plugins whose declarations have been asked for here."""
        return tuple(self._used)

    def metric(self, key: str) -> Metric:
        """The declaration of a metric. Raises `PluginError` if there is none that can be used."""
        self._used[self.registry.provider("metric", key)] = None
        return self.registry.metric(key)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Keys of all metrics."""
        return self.registry.keys("metric")

    def scorer(self, name: str) -> Scorer:
        """The declaration of a scorer. Raises `PluginError` if there is none that can be used."""
        self._used[self.registry.provider("scorer", name)] = None
        return self.registry.scorer(name)

    def folder(self, name: str) -> Path | None:
        """A folder of ``.lightly/``; None where there is no dataset."""
        return self.lightly / ".lightly" / name if self.lightly else None

    @cached_property
    def metadata(self) -> Mapping[str, MetadataField]:
        """The entries of the custom metadata's schema by path. Raises `MetadataError` if it is wrong."""
        folder = self.folder("metadata")
        return read_fields(folder) if folder else {}

    def task(self, name: str) -> TaskSchema:
        """The schema of a prediction task: of ``.lightly/predictions``, or one of the config's auto tasks.

        An auto task is made only if it is asked for here.

        Raises:
            PredictionError: there is no such task or there are two, or its schema is wrong.
        """
        folder = self.folder("predictions")
        listed = folder is not None and name in task_names(folder, missing_ok=True)
        if name in self.jobs:
            if listed:
                raise PredictionError(f"task '{name}' is in {folder} and in auto_tasks: rename the auto task")
            self._wanted[name] = self.jobs[name]
            return self.jobs[name].schema
        if name in self.registry.keys("task") and not listed:
            plugin = self.registry.provider("task", name)
            raise PredictionError(
                f"'{name}' is made by {plugin}, and has to be configured: put it into auto_tasks, or pass a file with "
                f'{{"type": "{name}", ...}} as --task (see: tamis plugins show {name})'
            )
        if folder is None:
            raise PredictionError("tasks are looked up in .lightly/predictions: name its folder")
        return read_schema(folder, name)

    def embeddings(self, task: str | None = None) -> None:
        """Have the images embedded, or the objects of a task: only what is asked for here is.

        Raises:
            PredictionError: there is no such task, as for `task`.
            EmbeddingError: its predictions are not of objects with boxes.
        """
        if task is not None and (found := self.task(task).task_type) not in BOXED:
            raise EmbeddingError(f"object embeddings are of {' or '.join(BOXED)} tasks, and '{task}' is {found}")
        self._embedded[task] = None

    @property
    def embedded(self) -> tuple[str | None, ...]:
        """What has to be embedded: None stands for the images, a name for the objects of a task."""
        return tuple(self._embedded)

    @property
    def wanted(self) -> Mapping[str, Job]:
        """The auto tasks that have been asked for."""
        return self._wanted


def read_task(about: About, samples: Sequence[str], task: str, monitor: Monitor) -> Predictions:
    """The predictions of a task of ``.lightly/predictions`` as its files have them, before any image is opened.

    Their boxes are still to be fitted to the images. Raises `PredictionError` if there is no such task.
    """
    schema, parent = about.task(task), about.folder("predictions")
    assert parent is not None  # noqa: S101 (else there would be no schema)
    return read_predictions(parent / task, schema, samples, monitor)


class Shared:
    """What the inputs of one run share: each thing is made when it is first asked for, and once."""

    def __init__(
        self,
        about: About,
        dataset: Dataset,
        metrics: Mapping[str, Column],
        sizes: npt.NDArray[np.int64],
        objects: Mapping[str, Sequence[list[Any] | None]],
        monitor: Monitor,
        read: Mapping[str, Predictions] | None = None,
    ) -> None:
        self.about, self.dataset, self.metrics = about, dataset, metrics
        self._objects, self._read = objects, read or {}
        self._sizes, self._monitor = sizes, monitor
        self.predictions_read: dict[str, Predictions] = {}

    def predictions(self, task: str) -> Predictions:
        """Those of a task, read once."""
        if task in self.about.jobs and task not in self.predictions_read:
            schema = self.about.task(task)
            self.predictions_read[task] = predictions_of(schema, self._objects[task], self._sizes)
        if task not in self.predictions_read:
            read = self._read.get(task) or read_task(self.about, self.dataset.samples, task, self._monitor)
            found = fitted(read, self._sizes)
            if not (found.present & found.valid).any():
                such = next((f", such as {self.dataset.samples[row]}: {why}" for row, why in found.reasons.items()), "")
                missing, invalid = int((~found.present & found.valid).sum()), len(found.reasons)
                raise PredictionError(
                    f"task '{task}': all predictions in {self.about.folder('predictions')}/{task} are missing "
                    f"({missing}) or invalid ({invalid}){such}"
                )
            self.predictions_read[task] = found
        return self.predictions_read[task]

    def embeddings(self, task: str | None) -> Column:
        """Those of the images, or of the objects of a task."""
        if task is not None or self.dataset.vectors is None:
            raise EmbeddingError("the dataset has no vectors of its own, and this version has no embedder yet")
        return Column("EMBEDDINGS", Kind.VECTOR, self.dataset.vectors)

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

    @cached_property
    def metadata(self) -> MetadataTable:
        """The custom metadata, read once."""
        folder = self.about.folder("metadata")
        assert folder is not None  # noqa: S101 (else there would be no field to ask for)
        return MetadataTable(folder, self.about.metadata, self.dataset.samples)


@attrs.frozen(eq=False)
class Context:
    """What exists once per run.

    Attributes:
        repeat: How many inputs of the config, before this one, are the same in every parameter. Random
            inputs draw an independent stream for each.
    """

    repeat: int
    _shared: Shared
    _needs: Collection[str]
    _embedded: Collection[str | None] = ()

    @property
    def about(self) -> About:
        """What was known before any data was touched."""
        return self._shared.about

    @property
    def dataset(self) -> Dataset:
        """The dataset of the run."""
        return self._shared.dataset

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, in dataset order."""
        return self.dataset.samples

    def metric(self, key: str) -> Column:
        """A metric of every sample, measured together with those of the other inputs.

        Raises:
            LookupError: the provider's ``needs`` doesn't name it.
        """
        if key not in self._needs:
            raise LookupError(f"metric '{key}' is not among the needs that the provider has declared")
        return self._shared.metrics[key]

    def predictions(self, task: str) -> Predictions:
        """The predictions of a task, read once for all inputs.

        Raises:
            PredictionError: there is no such task, or none of its files can be used.
        """
        return self._shared.predictions(task)

    def embeddings(self, task: str | None = None) -> Column:
        """A VECTOR for each sample, or the VECTORS of the objects of a task, made once for all inputs.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.embeddings(task)``.
        """
        if task not in self._embedded:
            raise LookupError(f"embeddings of {task or 'images'} have not been asked for by about.embeddings")
        return self._shared.embeddings(task)

    def score(self, name: str, task: str) -> npt.NDArray[np.float64]:
        """``(n,)`` what a scorer makes of the predictions of a task; 0 for samples without any.

        Raises:
            BrokenPluginError: the scorer fails, or returns anything but a number for each sample.
        """
        predictions, scorer = self.predictions(task), self.about.scorer(name)
        try:
            scores = scorer.score(predictions)
            if isinstance(scores, np.ma.MaskedArray) or np.shape(scores) != (len(predictions),):
                raise ValueError(f"it returns shape {np.shape(scores)} for {len(predictions)} samples")
            if np.asarray(scores).dtype.kind not in "iuf":
                raise TypeError(f"it returns {np.asarray(scores).dtype}, not numbers")
        except (Exception, SystemExit) as error:
            plugin = self.about.registry.provider("scorer", name)
            raise BrokenPluginError(f"scorer '{name}' of {plugin} failed: {error!r}") from error
        return np.where(predictions.present, scores, 0.0)

    def metadata(self, key: str) -> Column:
        """Custom metadata of every sample: SCALAR for numbers, CATEGORY for all else; read once for all inputs.

        Raises:
            KeyError: the schema has no such path.
            MetadataError: a file is invalid, or has a value of another type.
        """
        return self._shared.metadata.column(key)
