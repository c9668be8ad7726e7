"""What is known before any data is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import attrs

from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.dataset.dataset import Dataset
from tamis.declarations.metric import Metric
from tamis.declarations.scorer import Scorer
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.embeddings import IMAGE, Query, Subject
from tamis.errors import DatasetError, EmbeddingError, PredictionError, did_you_mean
from tamis.lightly.metadata_files import MetadataField, read_fields
from tamis.lightly.prediction_files import read_predictions
from tamis.lightly.tags import read_tag
from tamis.lightly.tasks import read_schema, task_names
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
        jobs: The config's auto tasks by name; None for one that has a problem.
        datasets: Other datasets by id; None where it isn't known which there are.
    """

    registry: Registry
    lightly: Path | None = None
    jobs: Mapping[str, Job | None] = attrs.field(factory=dict)
    datasets: Mapping[str, Dataset] | None = None
    _wanted: dict[str, Job] = attrs.field(factory=dict, init=False, repr=False)
    _subjects: dict[Subject, None] = attrs.field(factory=dict, init=False, repr=False)
    _queries: dict[Query, None] = attrs.field(factory=dict, init=False, repr=False)
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
            if (job := self.jobs[name]) is None:
                raise PredictionError(f"the auto task '{name}' has a problem of its own")
            self._wanted[name] = job
            return job.schema
        if name in self.registry.keys("task") and not listed:
            plugin = self.registry.provider("task", name)
            raise PredictionError(
                f"'{name}' is made by {plugin}, and has to be configured: put it into auto_tasks, or pass a file with "
                f'{{"type": "{name}", ...}} as --task (see: tamis plugins show {name})'
            )
        if folder is None:
            raise PredictionError("tasks are looked up in .lightly/predictions: name its folder")
        return read_schema(folder, name)

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> None:
        """Have the images embedded, or the objects of a task cut out of them: only what is asked for here is.

        Args:
            task: Of object detections or keypoints.
            padding: How much to add to an object's width and height, as a share of them.
            min_size: Objects less than so many pixels wide or high, after padding, are left out.

        Raises:
            PredictionError: there is no such task, as for `task`.
            EmbeddingError: its predictions are not of objects in boxes.
        """
        if task is not None and (found := self.task(task).task_type) not in BOXED:
            raise EmbeddingError(f"object embeddings are of {' or '.join(BOXED)} tasks, and '{task}' is {found}")
        self._subjects[IMAGE if task is None else Subject(task, padding, min_size)] = None

    def query(self, dataset_id: str, tag_name: str) -> None:
        """Have the images of a tag of another dataset embedded.

        Raises:
            EmbeddingError: there is no such dataset or tag, or the tag is empty. Not raised where it isn't known which
                datasets there are, as when a config is checked by itself.
        """
        if self.datasets is not None:
            if dataset_id not in self.datasets:
                hint = did_you_mean(dataset_id, self.datasets) if self.datasets else ": --dataset ID=DIR names one"
                raise EmbeddingError(f"there is no dataset '{dataset_id}'{hint}")
            other = self.datasets[dataset_id]
            try:
                read_tag(other.lightly, other.samples, tag_name)
            except DatasetError as error:
                raise EmbeddingError(f"dataset '{dataset_id}': {error}") from error
        self._queries[Query(dataset_id, tag_name)] = None

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What has to be embedded."""
        return tuple(self._subjects)

    @property
    def queries(self) -> tuple[Query, ...]:
        """The tags of other datasets that have to be embedded."""
        return tuple(self._queries)

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
