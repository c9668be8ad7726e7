"""Checks of tasks that predict from images."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tamis import Params, Task, errors
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.configured import ConfiguredSuite, runs
from tamis.testing.functions import FunctionSuite, Views

#: What the task is called in the configs of the kit.
NAME = "testing"


class TaskSuite(ConfiguredSuite, FunctionSuite):
    """Checks of a task."""

    kind = "task"
    function = "predict"

    @property
    def needs(self) -> tuple[str, ...]:
        """The views that it takes."""
        return tuple(need for need in self.declaration.needs if need != "options")

    @cached_property
    def _options(self) -> Any:
        try:
            return self.declaration.prepare(self.params[0])
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error

    def call(self, views: Views) -> Any:
        """With the options that it prepares."""
        takes_options = "options" in inspect.signature(self.declaration.predict).parameters
        return self.declaration.predict(**views, **({"options": self._options} if takes_options else {}))

    @cached_property
    def outcome(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """By a selection that counts what it predicts."""
        entry = {
            "input": {"type": "PREDICTIONS", "task": NAME, "name": "CATEGORY_COUNT"},
            "strategy": {"type": "WEIGHTS"},
        }
        task = {"type": self.key, "name": NAME, **self.params[0]}
        selection = runs(self.dataset, self.registry, entry, auto_tasks=[task])
        valid = zip(self.dataset.samples, selection.columns[0].valid, strict=True)
        return {sample: None for sample, ok in valid if ok}, {
            failure.sample: str(failure) for failure in selection.failures
        }

    def check_categories(self) -> None:
        """It names what it can predict: at least one category, each once."""
        for params in self.params:
            names = self.declaration.categories(params)
            require(not isinstance(names, str), f"categories returns the string {names!r}, not a collection of names")
            names = list(names)
            fine = names and len(set(names)) == len(names) and all(isinstance(name, str) and name for name in names)
            require(fine, f"categories are {names!r}, not different names")

    def check_parameters(self) -> None:
        """It changes none of its parameters."""
        for params in self.params:
            self.keeping(self.declaration.categories)(params)
            try:
                self.keeping(self.declaration.prepare)(params)
            except errors.MissingDependencyError as error:
                raise Skip(str(error)) from error


def check_task(
    task: Task,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check a task on images of every pixel format and some awkward shapes. Arguments as for `check_input_provider`."""
    suite = TaskSuite(task, params=params, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
