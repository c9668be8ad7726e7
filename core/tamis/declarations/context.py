"""The door for input providers: what they may ask, before any data is touched and in a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tamis.data.column import Column
    from tamis.data.field import MetadataField
    from tamis.data.object_values import ObjectValues
    from tamis.data.predictions import Predictions
    from tamis.data.task_schema import TaskSchema
    from tamis.declarations.metric import Metric
    from tamis.declarations.scorer import Scorer


class About(Protocol):
    """What an input provider may ask before any data is touched.

    Asking for a task, a metadata field or embeddings here has them read or made for the run: `Context` then has them.
    """

    @property
    def has_data(self) -> bool:
        """Whether there are annotations to look into: False where a config is checked without a dataset."""

    @property
    def where(self) -> str:
        """The place of the annotations, such as a path, for messages; empty if there is none."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The keys of all metrics."""

    def metric(self, key: str) -> Metric:
        """The declaration of a metric. Raises `PluginError` if there is none that can be used."""

    def scorer(self, name: str) -> Scorer:
        """The declaration of a scorer. Raises `PluginError` if there is none that can be used."""

    def task(self, name: str) -> TaskSchema:
        """The schema of a prediction task: one of the dataset's annotations, or one of the config's auto tasks.

        An auto task is run only if it is asked for here.

        Raises:
            PredictionError: there is no such task, there are two, or its schema is wrong.
        """

    @property
    def fields(self) -> Mapping[str, MetadataField]:
        """The metadata fields of the dataset's annotations by key. Raises `MetadataError` if they can't be read."""

    def field(self, key: str) -> MetadataField:
        """One of `fields`, whose values are then read for the run. Raises `KeyError` if there is none of this key."""

    def labels(self, key: str) -> tuple[str, ...] | None:
        """The categories that samples have in one of `fields`; None for numbers, and before the values are read."""

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> None:
        """Have the images embedded, or the objects of a task, cut out of the images.

        Args:
            task: A task of type ``object-detection``, ``keypoint-detection`` or ``instance-segmentation``; None for
                whole images.
            padding: What to add to the width and height of an object, as a share of them.
            min_size: The least width and height of an object in pixels, after padding; smaller ones are left out.

        Raises:
            PredictionError: there is no such task, as for `task`.
            EmbeddingError: its predictions are not of objects in boxes.
        """

    def objects(self, key: str, task: str) -> None:
        """Have a metric measured of the objects of a task, each cut out of its image, in the pass over the images.

        Args:
            key: That of a metric.
            task: A task of type ``object-detection``, ``keypoint-detection`` or ``instance-segmentation``.

        Raises:
            PluginError: there is no such metric that can be used.
            PredictionError: there is no such task, as for `task`, or its predictions are not of objects in boxes.
        """

    def query(self, dataset_id: str, tag_name: str) -> None:
        """Have the images of a tag of another dataset embedded.

        Raises:
            EmbeddingError: there is no such dataset or tag, or the tag is empty. Not raised where a config is checked
                without other datasets.
        """

    def query_texts(self, texts: Iterable[str]) -> None:
        """Have texts embedded, in the space of the images.

        Raises:
            EmbeddingError: the embedder knows no texts. Not raised where a config is checked without an embedder.
        """

    def query_images(self, images: Iterable[str]) -> None:
        """Have images embedded that are samples of the dataset, or files where the caller lets inputs name such.

        Raises:
            EmbeddingError: there is no such image. Not raised where a config is checked without a dataset.
        """


class Context(Protocol):
    """What an input provider may ask in a run. Each thing is computed once, however many inputs use it."""

    @property
    def repeat(self) -> int:
        """The number of inputs before this one in the config that have the same type and parameters.

        It lets two random inputs with one seed draw independent numbers.
        """

    @property
    def about(self) -> About:
        """What was known before any data was touched."""

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, in dataset order."""

    @property
    def preselected(self) -> npt.NDArray[np.intp]:
        """Row numbers of the samples that are selected already, such as those that were labelled before."""

    def metric(self, key: str) -> Column:
        """The SCALAR of a metric, a row for each sample. Metrics of all inputs are measured in one pass.

        Raises:
            LookupError: the provider's ``needs`` doesn't name it.
        """

    def objects(self, key: str, task: str) -> ObjectValues:
        """A metric of every object of a task; of a ``category``, texts.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for it by ``about.objects``.
        """

    def predictions(self, task: str) -> Predictions:
        """The predictions of a task, a row for each sample.

        Raises:
            PredictionError: there is no such task, or none of its predictions can be used.
        """

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> Column:
        """A VECTOR of each image, or the VECTORS of the objects of a task in it; a row for each sample.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.embeddings`` with the same arguments.
        """

    def query(self, dataset_id: str, tag_name: str) -> npt.NDArray[np.float32]:
        """The vectors of the q images of a tag of another dataset that could be read, ``(q, d)`` float32.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query``.
        """

    def query_samples(self, dataset_id: str, tag_name: str) -> tuple[str, ...]:
        """``(q,)`` names of the samples whose vectors `query` has.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query``.
        """

    def query_texts(self, texts: Iterable[str]) -> npt.NDArray[np.float32]:
        """``(q, d)`` float32: the vectors of q texts.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query_texts``.
        """

    def query_images(self, images: Iterable[str]) -> npt.NDArray[np.float32]:
        """``(q, d)`` float32: the vectors of q images.

        Raises:
            LookupError: the provider's ``kind`` hasn't asked for them by ``about.query_images``.
            RunError: one of them has none, such as a file that can't be read.
        """

    def score(self, name: str, task: str) -> npt.NDArray[np.float64]:
        """The ``(n,)`` scores that a scorer gives the samples for a task; 0 for samples without a prediction.

        Raises:
            BrokenPluginError: the scorer fails, or returns anything but a number for each sample.
        """

    def metadata(self, key: str) -> Column:
        """The values of a metadata field, a row for each sample: SCALAR for numbers, CATEGORY for all else.

        Raises:
            KeyError: there is no such field.
            MetadataError: a value is wrong.
        """
