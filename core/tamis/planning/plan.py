"""The plan: a config that has been checked against the plugins it names, before any data is touched."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs

from tamis.data.kind import Kind
from tamis.data.names import names
from tamis.declarations.annotations import Annotations
from tamis.declarations.input import InputProvider
from tamis.declarations.params import Params, own
from tamis.declarations.strategy import Strategy
from tamis.embedding.embeddings import Subject
from tamis.embedding.queries import Query
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric


@attrs.frozen(eq=False)
class Entry:
    """One of the config's ``strategies``: an input, and what to do with it.

    Attributes:
        path: Where it stands: ``strategies[0]``.
        kind: What the input yields.
        needs: Metrics that the input reads.
        repeat: How many entries before it have the same input.
    """

    path: str
    provider: InputProvider
    _input_params: Params
    strategy: Strategy
    _strategy_params: Params
    kind: Kind
    needs: tuple[str, ...]
    repeat: int

    @property
    def input_params(self) -> Params:
        """The parameters of its input, for one call: a plugin may change what it gets."""
        return own(self._input_params)

    @property
    def strategy_params(self) -> Params:
        """The parameters of its strategy, likewise."""
        return own(self._strategy_params)

    @property
    def strength(self) -> float:
        """The exponent of its objective; 1 for a filter, which has none."""
        return float(self._strategy_params.get("strength", 1.0))


@attrs.frozen
class Plan:
    """A config ready to run.

    Attributes:
        config: As run: canonical names, defaults filled in.
        entries: In the order of the config.
        jobs: The auto tasks that its inputs use, by name.
        subjects: What its inputs have embedded of every sample.
        queries: What its inputs have embedded beside, to compare samples with.
        objects: What its inputs have measured of objects.
        fields: The keys of metadata that its inputs read.
        tasks: The tasks of the annotations whose predictions its inputs read.
        annotations: What is known of the samples: of the dataset, and from their names.
        notes: What its user should know of the data, where that has been read.
    """

    config: Mapping[str, Any]
    entries: tuple[Entry, ...]
    jobs: Mapping[str, Job] = attrs.field(factory=dict)
    subjects: tuple[Subject, ...] = ()
    queries: tuple[Query, ...] = ()
    objects: tuple[ObjectMetric, ...] = attrs.field(default=(), kw_only=True)
    fields: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    annotations: Annotations = attrs.field(factory=Annotations, kw_only=True)
    notes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=names)

    def __repr__(self) -> str:
        told = ", ".join(f"{entry.strategy.type} of {entry.provider.type}" for entry in self.entries)
        return f"<{type(self).__name__}: {told}>"

    @property
    def needs(self) -> tuple[str, ...]:
        """The metrics that any input reads, each once."""
        return tuple(dict.fromkeys(key for entry in self.entries for key in entry.needs))

    @property
    def sequence_length(self) -> int:
        """How many samples that follow each other are selected together."""
        return int(self.config.get("selected_sequence_length", 1))

    def limit(self, usable: int) -> int:
        """How many samples to select out of so many usable ones; a share is rounded up to whole sequences."""
        if "n_samples" in self.config:
            asked = int(self.config["n_samples"])
            return usable if asked == -1 else asked
        share = Decimal(str(self.config["proportion_samples"]))
        rounded = int((share * usable).quantize(Decimal(1), ROUND_HALF_UP))
        asked = max(rounded, 1) if share > 0 and usable else 0
        return -(-asked // self.sequence_length) * self.sequence_length

    def seeds(self) -> dict[str, int]:
        """Every seed of the run, by its path in the config."""
        return {
            f"{entry.path}.{where}.{name}": value
            for entry in self.entries
            for where, params in (("input", entry.input_params), ("strategy", entry.strategy_params))
            for name, value in params.items()
            if name.endswith("seed") and isinstance(value, int)
        }
