"""Checks of executors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from tamis import ExecutorFactory, Params, compute, errors
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.configured import ConfiguredSuite

KEYS = ("lightly.width", "lightly.luminance", "lightly.sharpness")


class ExecutorSuite(ConfiguredSuite):
    """Checks of an executor."""

    kind = "executor"
    function = "make"

    @contextmanager
    def _made(self, params: Params) -> Iterator[Executor]:
        try:
            executor = self.keeping(self.declaration.make)(params)
        except (errors.MissingDependencyError, errors.RunError) as error:  # or there is no cluster to reach
            raise Skip(str(error)) from error
        require(isinstance(executor, Executor), f"make returns {type(executor).__name__}, not an Executor")
        with executor:
            yield executor

    def check_makes(self) -> None:
        """It makes an executor of each of its parameters, and that ends when it is left, used or not."""
        for params in self.params:
            with self._made(params):
                pass

    def check_says_how_many(self) -> None:
        """Its executor says how many it works on at a time, by ``jobs``."""
        for params in self.params:
            with self._made(params) as executor:
                jobs: Any = getattr(executor, "jobs", None)
                require(isinstance(jobs, int) and jobs >= 1, f"jobs is {jobs!r}, not a number from 1")

    def check_measures(self) -> None:
        """A run on it gives what one in this process gives, to the last bit, and fails on the same samples."""
        here = compute(self.dataset, KEYS, registry=self.registry)
        for params in self.params:
            with self._made(params):
                pass
            there = compute(self.dataset, KEYS, registry=self.registry, executor={"type": self.key, **params})
            for key in KEYS:
                require(here[key].equals(there[key]), f"{key} has other values there")
            require(here.failures == there.failures, "other samples fail there")

    def check_several_runs(self) -> None:
        """One executor does several runs."""
        for params in self.params:
            with self._made(params) as executor:
                first, second = (
                    compute(self.dataset, KEYS[:1], registry=self.registry, executor=executor) for _ in range(2)
                )
                require(first[KEYS[0]].equals(second[KEYS[0]]), "a second run gives other values")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        params = self.params[0]
        with self._made(params):
            pass
        self.quietly(
            lambda: compute(self.dataset, KEYS[:1], registry=self.registry, executor={"type": self.key, **params})
        )


def check_executor(
    executor: ExecutorFactory,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check an executor by runs on it. Arguments as for `check_input_provider`."""
    suite = ExecutorSuite(executor, params=params, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
