"""Checks of metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np

from tamis import Kind, Metric, compute
from tamis.measuring.calling import LONGEST
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.functions import FunctionSuite, Lacking


class MetricSuite(FunctionSuite):
    """Checks of a metric."""

    kind = "metric"
    function = "compute"

    @cached_property
    def outcome(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """By `tamis.compute`."""
        table = compute(self.dataset, [self.key], registry=self.registry)
        column = table[self.key]
        cells = column.cells()
        values = {self.dataset.samples[row]: cells[row] for row in np.flatnonzero(column.valid)}
        return values, {failure.sample: str(failure) for failure in table.failures}

    def check_number(self) -> None:
        """It returns one finite number, an integer if its ``dtype`` says so; or a text of a category."""
        for value in self._results(self.views):
            if isinstance(value, Lacking):
                continue
            if self.declaration.kind is Kind.CATEGORY:
                is_text = isinstance(value, str) and 0 < len(value) <= LONGEST
                require(is_text, f"it returns {value!r:.80}, and its dtype is category: a text of 1 to {LONGEST}")
                continue
            require(np.ndim(value) == 0, f"it returns an array of shape {np.shape(value)}, not a number")
            value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
            require(isinstance(value, Real) and math.isfinite(value), f"it returns {value!r}, not a finite number")
            whole = isinstance(value, Integral) or self.declaration.dtype != "int"
            require(whole, f"it returns {value!r}, and its dtype is int")

    def check_range(self) -> None:
        """No value is outside its ``range``."""
        self.skip_unless_ready()
        if self.declaration.kind is Kind.CATEGORY:
            raise Skip("a category has no range")
        low, high = self.declaration.range
        for sample, value in self.outcome[0].items():
            inside = (low is None or low <= value) and (high is None or value <= high)
            require(inside, f"{sample}: {value} is outside its range {low} to {high}")


def check_metric(
    metric: Metric, *, plugins: Sequence[object] = (), expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Check a metric on images of every pixel format and some awkward shapes.

    Args:
        metric: The declaration.
        plugins: Modules or declarations to register beside it, such as a view that it needs and that isn't installed.
        expected_failures: Reasons by the name of a check. One that fails is then skipped; one that passes fails.

    Raises:
        UnknownKeyError: ``expected_failures`` names no check.
    """
    return run_checks(MetricSuite(metric, plugins=plugins, expected_failures=expected_failures).checks())
