"""Checks of issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tamis import Inspection, Issue, errors, inspect
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.suite import Suite


class IssueSuite(Suite):
    """Checks of an issue, in inspections of the kit's samples."""

    kind = "issue"
    function = "rate"

    @property
    def module(self) -> str:
        """Where its function is written, if it has one; else where its entry point says that it is."""
        if self.declaration.rate is not None:
            return super().module
        try:
            return self.registry.provider(self.kind, self.key).module
        except errors.PluginError:
            return ""

    def _inspect(self, limit: float | None = None) -> Inspection:
        """An inspection for it alone, with any limit; what keeps it from being looked for fails the check."""
        # Declared with it, as an inspection refuses limits beyond the metric's range.
        registry = self.registry if limit is None else self.registry_with(self.declaration.with_limit(limit))
        found = inspect(self.dataset, issues=[self.key], registry=registry)
        if not found.summary:
            raise Skip(f"it can't be looked for in the samples of the kit: {found.lacking[self.key]}")
        return found

    @cached_property
    def _found(self) -> Inspection:
        return self._inspect()

    def check_words(self) -> None:
        """It says in words what is wrong, and where its limit comes from."""
        require(self.declaration.words.strip(), "its words are empty")
        require(self.declaration.source.strip(), "its source is empty: who uses the limit, or what was it measured on?")

    def check_runs(self) -> None:
        """It can be looked for in images of every kind, with labels and without."""
        for dataset in (self.dataset, self.dataset.unannotated()):
            inspect(dataset, issues=[self.key], registry=self.registry)

    def check_limit(self) -> None:
        """Another limit flags other samples: none beyond the largest number, all below it on the other side."""
        values = self._values()
        if len(values) == 0:
            raise Skip("no sample of the kit has a number")
        low, high = float(values.min()), float(values.max())
        none, some = (high, low - 1) if self.declaration.side == "above" else (low, high + 1)
        for limit, count in ((none, 0), (some, len(values))):
            (found,) = self._inspect(limit).summary
            require(
                len(found) == count, f"with the limit {limit:g}, {len(found)} samples have it, where {count} should"
            )

    def _values(self) -> Any:
        """The numbers of all samples that have one."""
        limit = -1e300 if self.declaration.side == "above" else 1e300
        (found,) = self._inspect(limit).summary
        return found.values

    def check_deterministic(self) -> None:
        """The same samples have it the second time."""
        (first,), (second,) = self._found.summary, self._inspect().summary
        require(first.samples == second.samples, "other samples have it the second time")
        require(np.array_equal(first.values, second.values), "it has other numbers the second time")
        require(first.words == second.words, "it says something else the second time")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        self.quietly(self._inspect)


def check_issue(
    issue: Issue, *, plugins: Sequence[object] = (), expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Check an issue in inspections of the kit's samples. Arguments as for `check_metric`."""
    return run_checks(IssueSuite(issue, plugins=plugins, expected_failures=expected_failures).checks())
