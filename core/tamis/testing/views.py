"""Checks of views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tamis import View, compute
from tamis.testing.checking import CheckResult, run_checks
from tamis.testing.functions import FunctionSuite, watching


class ViewSuite(FunctionSuite):
    """Checks of a view."""

    kind = "view"
    function = "compute"

    @cached_property
    def outcome(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """By a metric that needs it."""
        registry = self.registry_with(self.declaration, watching((self.key,), lambda given: None))
        table = compute(self.dataset, ["testing.watch"], registry=registry)
        values = {sample: None for sample, ok in zip(table.samples, table["testing.watch"].valid, strict=True) if ok}
        return values, {failure.sample: str(failure) for failure in table.failures}


def check_view(
    view: View, *, plugins: Sequence[object] = (), expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Check a view on images of every pixel format and some awkward shapes. Arguments as for `check_metric`."""
    return run_checks(ViewSuite(view, plugins=plugins, expected_failures=expected_failures).checks())
