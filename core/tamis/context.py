"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt

from tamis.column import Column
from tamis.dataset.dataset import Dataset
from tamis.declarations import Metric, Scorer
from tamis.discovery.failing import failed
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embeddings import IMAGE, Embeddings, Query, Subject
from tamis.errors import DatasetError, EmbeddingError, PredictionError, did_you_mean
from tamis.lightly.metadata_files import MetadataField, MetadataTable, read_fields
from tamis.lightly.prediction_files import read_predictions
from tamis.lightly.prediction_fitting import fitted, predictions_of
from tamis.lightly.predictions import Predictions
from tamis.lightly.sidecar import sidecar_path
from tamis.lightly.tags import read_tag
from tamis.lightly.tasks import TaskSchema, read_schema, task_names
from tamis.measuring.jobs import Job
from tamis.measuring.results import Measurements
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
    _subjects: Collection[Subject] = ()

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

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> Column:
        """A VECTOR for each sample, or the VECTORS of the objects of a task, made once for all inputs.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.embeddings`` with the same arguments.
        """
        subject = IMAGE if task is None else Subject(task, padding, min_size)
        if subject not in self._subjects:
            raise LookupError(f"{subject.name} has not been asked for by about.embeddings")
        return self._shared.embeddings(subject)

    def query(self, dataset_id: str, tag_name: str) -> npt.NDArray[np.float32]:
        """``(q, d)`` vectors of the images of a tag of another dataset, those that could be read.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query``.
        """
        if (query := Query(dataset_id, tag_name)) not in self._shared.queries:
            raise LookupError(f"{query} has not been asked for by about.query")
        return self._shared.queries[query]

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
            raise failed(self.about.registry, "scorer", name, error) from error
        return np.where(predictions.present, scores, 0.0)

    def metadata(self, key: str) -> Column:
        """Custom metadata of every sample: SCALAR for numbers, CATEGORY for all else; read once for all inputs.

        Raises:
            KeyError: the schema has no such path.
            MetadataError: a file is invalid, or has a value of another type.
        """
        return self._shared.metadata.column(key)
