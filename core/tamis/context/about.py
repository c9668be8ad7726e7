"""What is known of a run before any data is touched, and what its inputs have asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import attrs

from tamis.data.column import RESERVED
from tamis.data.field import Metadata, MetadataField
from tamis.data.kind import Kind
from tamis.data.names import names
from tamis.data.task_schema import BOXED, TaskSchema
from tamis.declarations.annotations import Annotations
from tamis.declarations.metric import Metric
from tamis.declarations.scorer import Scorer
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.embeddings import IMAGE, Subject
from tamis.embedding.queries import ImageQuery, Query, TagQuery, TextQuery
from tamis.embedding.reach import Reach
from tamis.errors import EmbeddingError, PredictionError
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric


@attrs.frozen(slots=False)
class RunAbout:
    """`tamis.About` of one config.

    Attributes:
        registry: The plugins.
        annotations: What is known of the samples; None where a config is checked without a dataset.
        jobs: The config's auto tasks by name; None for one that has a problem.
        reach: Where queries are looked for; None where that doesn't matter any more.
        asked: The keys of metadata that have been asked for when the config was planned.
        metadata: The values of those fields, once they have been read.
        fields_taken: The metadata fields that were asked for here, each time that one was.
        has_data: Whether the annotations are those of a dataset, and not only what every dataset has.
    """

    registry: Registry
    annotations: Annotations | None = None
    jobs: Mapping[str, Job | None] = attrs.field(factory=dict)
    reach: Reach | None = None
    _asked: tuple[str, ...] = ()
    metadata: Metadata | None = attrs.field(default=None, kw_only=True, repr=False)
    has_data: bool = attrs.field(
        default=attrs.Factory(lambda self: self.annotations is not None, takes_self=True), kw_only=True
    )
    _tasks: dict[str, None] = attrs.field(factory=dict, init=False, repr=False)
    _wanted: dict[str, Job] = attrs.field(factory=dict, init=False, repr=False)
    fields_taken: list[MetadataField] = attrs.field(factory=list, init=False, repr=False)
    _objects: dict[ObjectMetric, None] = attrs.field(factory=dict, init=False, repr=False)
    _subjects: dict[Subject, None] = attrs.field(factory=dict, init=False, repr=False)
    _queries: dict[Query, None] = attrs.field(factory=dict, init=False, repr=False)
    _used: dict[Plugin, None] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def where(self) -> str:
        """Where they are."""
        return self.annotations.where if self.annotations else ""

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

    @cached_property
    def fields(self) -> Mapping[str, MetadataField]:
        """The metadata fields by key. Raises `MetadataError` if they can't be read."""
        return self.annotations.fields() if self.annotations else {}

    def field(self, key: str) -> MetadataField:
        """One of them, to be read for the run. Raises `KeyError` if there is none of this key."""
        found = self.fields[key]
        if key in RESERVED:
            return attrs.evolve(found, refusal="results have a column of that name: give it another")
        self.fields_taken.append(found)
        return found

    def labels(self, key: str) -> tuple[str, ...] | None:
        """The categories that samples have in a field; None for numbers, and before the values are read."""
        column = self.metadata.columns.get(key) if self.metadata else None
        return column.labels if column is not None and column.kind is Kind.CATEGORY else None

    def task(self, name: str) -> TaskSchema:
        """The schema of a prediction task; one of the config's auto tasks is made only if it is asked for here.

        Raises:
            PredictionError: there is no such task or there are two, or its schema is wrong.
        """
        listed = self.annotations is not None and name in self.annotations.tasks()
        if name in self.jobs:
            if listed:
                raise PredictionError(f"task '{name}' is in {self.where} and in auto_tasks: rename the auto task")
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
        if self.annotations is None or not self.has_data:
            raise PredictionError("tasks are looked up in a dataset's annotations: name it (--input, or --lightly)")
        if not self.annotations.tasks():
            where = f" in {self.where}" if self.where else ""
            raise PredictionError(
                f"no task '{name}': there are no predictions{where}; name them by --lightly DIR, or "
                "--annotations FORMAT:LOCATION"
            )
        schema = self.annotations.task(name)
        self._tasks[name] = None
        return schema

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> None:
        """Have the images embedded, or the objects of a task cut out of them.

        Raises:
            PredictionError: there is no such task, as for `task`.
            EmbeddingError: its predictions are not of objects in boxes.
        """
        if task is not None and (unfit := self._unfit(task)):
            raise EmbeddingError(f"object embeddings are of {unfit}")
        self._subjects[IMAGE if task is None else Subject(task, padding, min_size)] = None

    def objects(self, key: str, task: str) -> None:
        """Have a metric measured of the objects of a task.

        Raises:
            PluginError: there is no such metric that can be used.
            PredictionError: there is no such task, as for `task`, or its predictions are not of objects in boxes.
        """
        self.metric(key)
        if unfit := self._unfit(task):
            raise PredictionError(f"metrics of objects are of {unfit}")
        self._objects[ObjectMetric(key, task)] = None

    def _unfit(self, task: str) -> str:
        """Which tasks have objects in boxes, if this one hasn't."""
        schema = self.task(task)
        *most, last = BOXED
        return "" if schema.has_boxes else f"{', '.join(most)} or {last} tasks, and '{task}' is {schema.task_type}"

    def query(self, dataset_id: str, tag_name: str) -> None:
        """Have the images of a tag of another dataset embedded. Raises `EmbeddingError` if there is no such thing."""
        self._compare(TagQuery(dataset_id, tag_name))

    def query_texts(self, texts: Iterable[str]) -> None:
        """Have texts embedded. Raises `EmbeddingError` if the embedder knows none."""
        self._compare(TextQuery(names(texts)))

    def query_images(self, images: Iterable[str]) -> None:
        """Have images embedded, samples or files. Raises `EmbeddingError` if there is no such thing."""
        self._compare(ImageQuery(names(images)))

    def _compare(self, query: Query) -> None:
        if self.reach is not None:
            self.reach.check(query)
        self.embeddings()
        self._queries[query] = None

    # What has been asked for

    @property
    def used(self) -> tuple[Plugin, ...]:
        """The plugins whose declarations have been asked for here."""
        return tuple(self._used)

    @property
    def asked_fields(self) -> tuple[str, ...]:
        """The keys of metadata that have to be read."""
        return tuple(dict.fromkeys([*self._asked, *(field.key for field in self.fields_taken)]))

    @property
    def asked_tasks(self) -> tuple[str, ...]:
        """The tasks of the annotations whose predictions have to be read."""
        return tuple(self._tasks)

    @property
    def asked_objects(self) -> tuple[ObjectMetric, ...]:
        """What has to be measured of objects."""
        return tuple(self._objects)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What has to be embedded."""
        return tuple(self._subjects)

    @property
    def queries(self) -> tuple[Query, ...]:
        """What else has to be embedded, for the images to be compared with."""
        return tuple(self._queries)

    @property
    def wanted(self) -> Mapping[str, Job]:
        """The auto tasks that have been asked for."""
        return self._wanted
