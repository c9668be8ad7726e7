"""Checks of scorers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Dataset, Predictions, Scorer
from tamis.testing.checking import CheckResult, require, run_checks
from tamis.testing.comparing import copied, same
from tamis.testing.configured import runs
from tamis.testing.suite import Suite


class ScorerSuite(Suite):
    """Checks of a scorer."""

    kind = "scorer"
    function = "score"

    def predictions(self, task: str, dataset: Dataset | None = None) -> Predictions:
        """Those of the kit, as a run reads them."""
        count = {"type": "PREDICTIONS", "task": task, "name": "CATEGORY_COUNT"}
        entry = {"input": count, "strategy": {"type": "WEIGHTS"}}
        predictions: Predictions = runs(dataset or self.dataset, self.registry, entry).predictions[0]
        return predictions

    @cached_property
    def _all(self) -> list[Predictions]:
        return [self.predictions(task) for task in sorted(self.declaration.task_types)]

    def _score(self, predictions: Predictions) -> npt.NDArray[Any]:
        return np.asarray(self.declaration.score(predictions))

    def check_task_types(self) -> None:
        """It says which types of task it scores."""
        require(self.declaration.task_types, "task_types is empty: it can score nothing")

    def check_runs(self) -> None:
        """A SCORES input with it has a value for every sample, of every task type that it takes."""
        for task in sorted(self.declaration.task_types):
            entry = {"input": {"type": "SCORES", "task": task, "score": self.key}, "strategy": {"type": "WEIGHTS"}}
            selection = runs(self.dataset, self.registry, entry)
            require(selection.columns[0].valid.all(), f"{task}: a sample has no finite score")

    def check_order(self) -> None:
        """The score of a sample doesn't depend on where it stands in the dataset."""
        backwards = Dataset.from_files(os.fspath(self.folder), self.dataset.samples[::-1])
        for task, predictions in zip(sorted(self.declaration.task_types), self._all, strict=True):
            mirrored = self._score(self.predictions(task, backwards))[::-1]
            require(
                np.allclose(self._score(predictions), mirrored), f"{task}: other scores in another order of samples"
            )

    def check_deterministic(self) -> None:
        """It returns the same for the same predictions."""
        for predictions in self._all:
            require(
                same(self._score(predictions), self._score(predictions)), "it returns something else the second time"
            )

    def check_read_only(self) -> None:
        """It changes nothing of the predictions, which others share."""
        for predictions in self._all:
            given = attrs.evolve(
                predictions,
                **{field.name: copied(getattr(predictions, field.name)) for field in attrs.fields(Predictions)},
            )
            for field in attrs.fields(Predictions):
                if isinstance(array := getattr(given, field.name), np.ndarray):
                    array.flags.writeable = True
            self.declaration.score(given)
            require(same(given, predictions), f"it changes the predictions of {predictions.schema.name}")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing, whatever is predicted."""
        for predictions in self._all:
            self.quietly(lambda predictions=predictions: self._score(predictions))  # type: ignore[misc]


def check_scorer(
    scorer: Scorer, *, plugins: Sequence[object] = (), expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Check a scorer on predictions of every task type that it takes. Arguments as for `check_metric`."""
    return run_checks(ScorerSuite(scorer, plugins=plugins, expected_failures=expected_failures).checks())
