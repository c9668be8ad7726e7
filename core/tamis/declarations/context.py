"""The door for input providers: what they may ask, before any data is touched and in a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tamis.data.column import Column
    from tamis.data.field import MetadataField
    from tamis.data.predictions import Predictions
    from tamis.data.task_schema import TaskSchema
    from tamis.declarations.metric import Metric
    from tamis.declarations.scorer import Scorer


class About(Protocol):
    """What is known before any data is touched. What a provider asks for here, a run has for it later."""

    @property
    def has_data(self) -> bool:
        """Whether it is known which annotations there are; not so where a config is checked by itself."""

    @property
    def where(self) -> str:
        """Where annotations were looked for, for messages; empty if nowhere."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Keys of all metrics."""

    def metric(self, key: str) -> Metric:
        """The declaration of a metric. Raises `PluginError` if there is none that can be used."""

    def scorer(self, name: str) -> Scorer:
        """The declaration of a scorer. Raises `PluginError` if there is none that can be used."""

    def task(self, name: str) -> TaskSchema:
        """The schema of a prediction task: of the dataset's annotations, or one of the config's auto tasks.

        An auto task is made only if it is asked for here.

        Raises:
            PredictionError: there is no such task or there are two, or its schema is wrong.
        """

    @property
    def fields(self) -> Mapping[str, MetadataField]:
        """The metadata fields of the dataset's annotations by key. Raises `MetadataError` if they can't be read."""

    def field(self, key: str) -> MetadataField:
        """One of `fields`, to be read for the run. Raises `KeyError` if there is none of this key."""

    def labels(self, key: str) -> tuple[str, ...] | None:
        """The categories that samples have in one of `fields`; None for numbers, and before the values are read."""

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> None:
        """Have the images embedded, or the objects of a task cut out of them: only what is asked for here is.

        Args:
            task: Of object detections, keypoints or instance segmentation.
            padding: How much to add to an object's width and height, as a share of them.
            min_size: Objects less than so many pixels wide or high, after padding, are left out.

        Raises:
            PredictionError: there is no such task, as for `task`.
            EmbeddingError: its predictions are not of objects in boxes.
        """

    def query(self, dataset_id: str, tag_name: str) -> None:
        """Have the images of a tag of another dataset embedded.

        Raises:
            EmbeddingError: there is no such dataset or tag, or the tag is empty. Not raised where it isn't known which
                datasets there are, as when a config is checked by itself.
        """


class Context(Protocol):
    """What exists once per run, and is computed once however many inputs use it."""

    @property
    def repeat(self) -> int:
        """How many inputs of the config, before this one, are the same in every parameter.

        Random inputs draw an independent stream for each.
        """

    @property
    def about(self) -> About:
        """What was known before any data was touched."""

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, in dataset order."""

    def metric(self, key: str) -> Column:
        """A metric of every sample, measured together with those of the other inputs.

        Raises:
            LookupError: the provider's ``needs`` doesn't name it.
        """

    def predictions(self, task: str) -> Predictions:
        """The predictions of a task, read once for all inputs.

        Raises:
            PredictionError: there is no such task, or none of its predictions can be used.
        """

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> Column:
        """A VECTOR for each sample, or the VECTORS of the objects of a task, made once for all inputs.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.embeddings`` with the same arguments.
        """

    def query(self, dataset_id: str, tag_name: str) -> npt.NDArray[np.float32]:
        """``(q, d)`` vectors of the images of a tag of another dataset, those that could be read.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query``.
        """

    def score(self, name: str, task: str) -> npt.NDArray[np.float64]:
        """``(n,)`` what a scorer makes of the predictions of a task; 0 for samples without any.

        Raises:
            BrokenPluginError: the scorer fails, or returns anything but a number for each sample.
        """

    def metadata(self, key: str) -> Column:
        """A metadata field of every sample: SCALAR for numbers, CATEGORY for all else; read once for all inputs.

        Raises:
            KeyError: there is no such field.
            MetadataError: a value is wrong.
        """
