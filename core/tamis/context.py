"""The one door through which an input provider reaches what exists once per run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from tamis.column import Column
from tamis.dataset import Dataset
from tamis.declarations import Metric
from tamis.registry import Registry


@attrs.frozen
class About:
    """What is known before any data is touched."""

    registry: Registry

    def metric(self, key: str) -> Metric:
        """The declaration of a metric. Raises `PluginError` if there is none that can be used."""
        return self.registry.metric(key)


@attrs.frozen(eq=False)
class Context:
    """What exists once per run.

    Attributes:
        dataset: The dataset of the run.
        repeat: How many inputs of the config, before this one, are the same in every parameter. Random
            inputs draw an independent stream for each.
    """

    dataset: Dataset
    repeat: int
    _metrics: Mapping[str, Column]
    _needs: Collection[str]

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
        return self._metrics[key]
