"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt

from tamis.column import Column
from tamis.dataset import Dataset
from tamis.declarations import Metric, Scorer
from tamis.discovery import Plugin
from tamis.errors import PredictionError
from tamis.metadata_files import MetadataField, MetadataTable, read_fields
from tamis.prediction_files import read_predictions
from tamis.predictions import Predictions
from tamis.progress import Monitor
from tamis.registry import Registry
from tamis.tasks import TaskSchema, read_schema


@attrs.frozen(slots=False)
class About:
    """What is known before any data is touched.

    Attributes:
        registry: The plugins.
        lightly: The folder that holds ``.lightly/``; None where a config is checked without a dataset.
    """

    registry: Registry
    lightly: Path | None = None
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

    @cached_property
    def metadata(self) -> Mapping[str, MetadataField]:
        """The entries of the custom metadata's schema by path. Raises `MetadataError` if it is wrong."""
        return read_fields(self.lightly / ".lightly" / "metadata") if self.lightly else {}

    def task(self, name: str) -> TaskSchema:
        """The schema of a prediction task.

        Raises:
            PredictionError: there is no such task, or its schema is wrong.
        """
        if self.lightly is None:
            raise PredictionError("tasks are looked up in .lightly/predictions: name its folder")
        return read_schema(self.lightly / ".lightly" / "predictions", name)


class Shared:
    """What the inputs of one run share: each thing is made when it is first asked for, and once."""

    def __init__(
        self,
        about: About,
        dataset: Dataset,
        metrics: Mapping[str, Column],
        sizes: npt.NDArray[np.int64],
        monitor: Monitor,
    ) -> None:
        self.about, self.dataset, self.metrics = about, dataset, metrics
        self._sizes, self._monitor = sizes, monitor
        self.predictions_read: dict[str, Predictions] = {}

    def predictions(self, task: str) -> Predictions:
        """Those of a task, read once."""
        if task not in self.predictions_read:
            schema, lightly = self.about.task(task), self.about.lightly
            assert lightly is not None  # noqa: S101 (else there would be no schema)
            folder = lightly / ".lightly" / "predictions" / task
            read = read_predictions(folder, schema, self.dataset.samples, self._sizes, self._monitor)
            if not (read.present & read.valid).any():
                such = next((f", such as {self.dataset.samples[row]}: {why}" for row, why in read.reasons.items()), "")
                raise PredictionError(
                    f"task '{task}': all predictions in {folder} are missing ({int((~read.present).sum())}) or invalid "
                    f"({len(read.reasons)}){such}"
                )
            self.predictions_read[task] = read
        return self.predictions_read[task]

    @cached_property
    def metadata(self) -> MetadataTable:
        """The custom metadata, read once."""
        assert self.about.lightly is not None  # noqa: S101 (else there would be no field to ask for)
        return MetadataTable(self.about.lightly / ".lightly" / "metadata", self.about.metadata, self.dataset.samples)


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

    def metadata(self, key: str) -> Column:
        """Custom metadata of every sample: SCALAR for numbers, CATEGORY for all else; read once for all inputs.

        Raises:
            KeyError: the schema has no such path.
            MetadataError: a file is invalid, or has a value of another type.
        """
        return self._shared.metadata.column(key)
