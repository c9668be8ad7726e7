"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.about import About
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.discovery.failing import failed
from tamis.embedding.embeddings import IMAGE, Query, Subject


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
