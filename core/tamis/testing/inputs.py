"""Checks of input providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any

import attrs
import numpy as np

from tamis import About, Column, Context, Dataset, InputProvider, Kind, Params, Report, Strategy, errors
from tamis.context.about import RunAbout
from tamis.selection.plugin_calls import offering
from tamis.testing.checking import CheckResult, require, run_checks
from tamis.testing.comparing import same
from tamis.testing.configured import ConfiguredSuite, runs
from tamis.testing.images import SAMPLES
from tamis.testing.reports import complaint_of


def _all(column: Column, params: Params) -> Any:
    return np.ones(len(column), dtype=bool)


#: A strategy that takes whatever an input yields, and keeps it all.
KEEP = Strategy("TESTING_KEEP", accepts=frozenset(Kind), filter=_all)


class InputSuite(ConfiguredSuite):
    """Checks of an input provider."""

    kind = "input"
    function = "provide"

    def __init__(self, declaration: InputProvider, *, dataset: Dataset | None = None, **options: Any) -> None:
        super().__init__(declaration, **options)
        if dataset is not None:
            self.dataset = dataset

    @cached_property
    def dataset(self) -> Dataset:
        """The kit's, with vectors of its own."""
        vectors = np.random.default_rng(0).normal(size=(len(SAMPLES), 4)).astype(np.float32)
        return attrs.evolve(super().dataset, vectors=vectors)

    def provided(self, params: Params, note: Report = lambda done, total: None) -> Column:
        """What it provides for the dataset, in a run; ``note`` is told what it reports."""
        found: list[Column] = []

        def provide(params: Params, context: Context, report: Report) -> Column:
            def noted(done: int, total: int) -> None:
                note(done, total)
                report(done, total)

            found.append(offering(self.declaration.provide, report=noted)(params, context))
            return found[-1]

        watched = attrs.evolve(
            self.declaration, provide=self.keeping(provide), kind=self.keeping(self.declaration.kind)
        )
        registry = self.registry_with(watched, KEEP)
        try:
            runs(self.dataset, registry, {"input": {"type": self.key, **params}, "strategy": {"type": KEEP.type}})
        except errors.RunError:  # no sample has a value, which is no fault of the provider's
            if not found:
                raise
        return found[0]

    @cached_property
    def _abouts(self) -> tuple[About, About]:
        """What is known with a dataset, and without."""
        return RunAbout(self.registry, self.dataset.annotations), RunAbout(self.registry)

    def check_kind(self) -> None:
        """It says of which kind its values are before there is any data, or what is wrong with its parameters."""
        for params, shown in self.params_with_words():
            with_data, without = self._abouts
            kind = self.declaration.kind(params, with_data)
            require(isinstance(kind, Kind), f"kind returns no Kind {shown}")
            yields = self.declaration.yields
            require(not yields or kind in yields, f"kind returns {kind.name} {shown}, and yields has no {kind.name}")
            with suppress(errors.TamisError):  # it may need to know the tasks and metadata paths of the dataset
                self.declaration.kind(params, without)

    def check_needs(self) -> None:
        """The metrics that it needs exist."""
        for params in self.params:
            needs = self.declaration.needs(params, self._abouts[0])
            require(not isinstance(needs, str), f"needs returns the string {needs!r}, not a collection of keys")
            for key in needs:
                self.registry.metric(key)

    def check_provides(self) -> None:
        """It provides a `Column` of that kind with a row for each sample, in a run."""
        for params in self.params:
            self.provided(params)

    def check_labels(self) -> None:
        """Labels that it knows before any image is opened are those of the column that it provides."""
        for params, shown in self.params_with_words():
            if (labels := self.declaration.labels(params, self._abouts[0])) is not None:
                provided = self.provided(params).labels
                require(tuple(labels) == provided, f"labels are {labels!r:.80}, and then {provided!r:.80} {shown}")

    def check_report(self) -> None:
        """Where it takes ``report``, no more is done than there is, and what that raises ends it."""
        for params, shown in self.params_with_words():
            complaint = complaint_of(partial(self.provided, params))
            require(not complaint, f"{complaint} {shown}")

    def check_deterministic(self) -> None:
        """The same parameters and data give the same column."""
        for params in self.params:
            first, second = self.provided(params), self.provided(params)
            require(
                first.equals(second) and same(first.reasons, second.reasons),
                "it provides something else the second time",
            )

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        for params in self.params:
            self.quietly(lambda params=params: self.provided(params))  # type: ignore[misc]


def check_input_provider(
    provider: InputProvider,
    *,
    params: Sequence[Params] = (),
    dataset: Dataset | None = None,
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check an input provider on a dataset with predictions and metadata.

    Args:
        provider: The declaration.
        params: Parameters to try, each valid; by default the ``examples`` of its schema.
        dataset: By default the kit's own (see `tamis.testing`). Give one if the provider knows only certain samples.
        plugins: As for `check_metric`.
        expected_failures: As for `check_metric`.
    """
    suite = InputSuite(provider, params=params, dataset=dataset, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
