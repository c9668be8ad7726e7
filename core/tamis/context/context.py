"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.about import RunAbout
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.data.names import names
from tamis.data.object_values import ObjectValues
from tamis.data.predictions import Predictions
from tamis.discovery.failing import failed
from tamis.embedding.embeddings import IMAGE, Subject
from tamis.embedding.queries import ImageQuery, Queried, Query, TagQuery, TextQuery
from tamis.measuring.object_metrics import ObjectMetric


@attrs.frozen(eq=False)
class RunContext:
    """`tamis.Context` of one input of a run."""

    repeat: int
    _shared: Shared
    _needs: Collection[str]
    _subjects: Collection[Subject] = ()

    @property
    def about(self) -> RunAbout:
        """What was known before any data was touched."""
        return self._shared.about

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, in dataset order."""
        return self._shared.dataset.samples

    @property
    def preselected(self) -> npt.NDArray[np.intp]:
        """Rows of the samples that are selected already."""
        return self._shared.preselected

    def metric(self, key: str) -> Column:
        """A metric of every sample. Raises `LookupError` if the provider's ``needs`` doesn't name it."""
        if key not in self._needs:
            raise LookupError(f"metric '{key}' is not among the needs that the provider has declared")
        return self._shared.metrics[key]

    def objects(self, key: str, task: str) -> ObjectValues:
        """A metric of every object of a task. Raises `LookupError` if it hasn't been asked for."""
        of = ObjectMetric(key, task)
        if of.name not in self._shared.object_values:
            raise LookupError(f"{of.name} has not been asked for by about.objects")
        return self._shared.object_values[of.name]

    def predictions(self, task: str) -> Predictions:
        """The predictions of a task. Raises `PredictionError` if there is none, or none that can be used."""
        return self._shared.predictions(task)

    def embeddings(self, task: str | None = None, *, padding: float = 0.0, min_size: int = 1) -> Column:
        """Vectors of images or objects. Raises `LookupError` if they haven't been asked for."""
        subject = IMAGE if task is None else Subject(task, padding, min_size)
        if subject not in self._subjects:
            raise LookupError(f"{subject.name} has not been asked for by about.embeddings")
        return self._shared.embeddings(subject)

    def query(self, dataset_id: str, tag_name: str) -> npt.NDArray[np.float32]:
        """``(q, d)`` vectors of a tag of another dataset. Raises `LookupError` if they haven't been asked for."""
        return self._queried(TagQuery(dataset_id, tag_name)).vectors

    def query_samples(self, dataset_id: str, tag_name: str) -> tuple[str, ...]:
        """The samples that the rows of `query` are of. Raises `LookupError` if they haven't been asked for."""
        return self._queried(TagQuery(dataset_id, tag_name)).names

    def query_texts(self, texts: Iterable[str]) -> npt.NDArray[np.float32]:
        """``(q, d)`` vectors of texts. Raises `LookupError` if they haven't been asked for."""
        return self._queried(TextQuery(names(texts))).vectors

    def query_images(self, images: Iterable[str]) -> npt.NDArray[np.float32]:
        """``(q, d)`` vectors of images. Raises `LookupError` if they haven't been asked for."""
        return self._queried(ImageQuery(names(images))).vectors

    def _queried(self, query: Query) -> Queried:
        if query not in self._shared.queries:
            raise LookupError(f"{query} has not been asked for by about.query, query_texts or query_images")
        return self._shared.queried(query)

    def score(self, name: str, task: str) -> npt.NDArray[np.float64]:
        """``(n,)`` what a scorer makes of a task. Raises `BrokenPluginError` if that is no number for each sample."""
        predictions, scorer = self.predictions(task), self.about.scorer(name)
        try:
            scores = scorer.score(predictions)
            if isinstance(scores, np.ma.MaskedArray) or np.shape(scores) != (len(predictions),):
                raise ValueError(f"it returns shape {np.shape(scores)} for {len(predictions)} samples")
            if np.asarray(scores).dtype.kind not in "iuf":
                raise TypeError(f"it returns {np.asarray(scores).dtype}, not numbers")
        except BaseException as error:
            raise failed(self.about.registry, "scorer", name, error) from error
        return np.where(predictions.present, scores, 0.0)

    def metadata(self, key: str) -> Column:
        """A metadata field of every sample. Raises `KeyError` or `MetadataError`."""
        return self._shared.metadata(key)
