"""The results of a pass, taken in sample by sample in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.memory import Memory
from tamis.data.object_values import ObjectValues
from tamis.measuring.object_metrics import CollectedObjects
from tamis.measuring.recipe import Recipe
from tamis.measuring.result import Result
from tamis.measuring.steps import Key
from tamis.measuring.vectors import Collected, Embedded

#: How values are held.
_DTYPES: Mapping[str, type] = {"float": np.float64, "int": np.int64, "category": np.int32}
_FIRST = ("crash", "timeout", "open", "decode")


@attrs.frozen(eq=False)
class Measurements:
    """What was measured of a dataset.

    Attributes:
        columns: By metric key.
        objects: What auto tasks predicted, by task: for each sample as JSON, None where that failed.
        vectors: By the name that the recipe has for them.
        object_values: Metrics of objects, by the name of the `ObjectMetric`.
        sizes: ``(n, 2)`` width and height in pixels; -1 for images that could not be opened, 0 where there are none, or
            none had to be opened.
        failures: Everything that failed, in dataset order.
        reused: Of how many samples everything came from the store.
    """

    columns: Mapping[str, Column]
    objects: Mapping[str, list[str | None]]
    vectors: Mapping[str, Embedded]
    object_values: Mapping[str, ObjectValues]
    sizes: npt.NDArray[np.int64]
    failures: tuple[Failure, ...]
    reused: int = 0

    @property
    def readable(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` bool: which images could be opened."""
        readable: npt.NDArray[np.bool_] = self.sizes[:, 0] >= 0
        return readable


class Results:
    """Arrays for all samples, filled as results come in.

    Attributes:
        values: ``(n,)`` by metric; of categories, numbers in the order in which they came up.
        valid: ``(n,)`` bool by metric.
        objects: For each sample as JSON or None, by task.
        vectors: By name.
        object_values: By the name of the `ObjectMetric`.
        sizes: ``(n, 2)``, -1 where unknown.
    """

    def __init__(self, recipe: Recipe, samples: int, memory: Memory | None = None) -> None:
        memory = memory or Memory()
        self._order: dict[Key, int] = {step.key: number for number, step in enumerate(recipe.steps)}
        dtypes = {metric.key: _DTYPES[metric.dtype] for metric in recipe.metrics}
        self.values: dict[str, npt.NDArray[Any]] = {key: np.zeros(samples, dtype) for key, dtype in dtypes.items()}
        self.valid = {key: np.zeros(samples, dtype=bool) for key in dtypes}
        self._codes: dict[str, dict[str, int]] = {m.key: {} for m in recipe.metrics if m.kind is Kind.CATEGORY}
        self.objects: dict[str, list[str | None]] = {name: [None] * samples for name in recipe.jobs}
        self.vectors = {name: Collected(wanted, samples, memory) for name, wanted in recipe.embeddings.items()}
        self.object_values = {name: CollectedObjects(samples) for name in recipe.objects}
        self.sizes = np.full((samples, 2), -1, dtype=np.int64)
        self._failures: dict[int, tuple[Failure, ...]] = {}

    def add(self, row: int, result: Result) -> None:
        """Take in what came of one sample."""
        if result.header:
            self.sizes[row] = result.header.width, result.header.height
        for key, value in result.values.items():
            self.values[key][row] = self._coded(key, value)
            self.valid[key][row] = True
        for task, predicted in result.objects.items():
            self.objects[task][row] = predicted
        for name, found in result.object_values.items():
            self.object_values[name].add(row, found)
        for name, (vectors, dropped) in result.vectors.items():
            self.vectors[name].add(row, vectors, dropped)
        self.fail(row, result.failures)

    def take(self, key: str, rows: npt.NDArray[np.int64], values: Iterable[float | int | str | None]) -> None:
        """Take in a metric of many samples; None is none. Raises `ValueError` if its type is another."""
        found = list(values)
        valid = np.fromiter((value is not None for value in found), bool, len(found))
        array = np.array([self._coded(key, value) for value in found if value is not None])
        if len(array) and array.dtype.kind == "f" and self.values[key].dtype.kind == "i":
            raise ValueError(f"'{key}' is stored as a fraction")
        self.valid[key][rows] = valid
        self.values[key][rows[valid]] = array

    def _coded(self, key: str, value: float | int | str) -> float | int:
        """A number as it is, and for a category one that stands for it."""
        return self._codes[key].setdefault(value, len(self._codes[key])) if isinstance(value, str) else value

    def fail(self, row: int, failures: Iterable[Failure]) -> None:
        """Take in failures of a sample; the same one counts once."""
        if found := tuple(dict.fromkeys((*self._failures.get(row, ()), *failures))):
            self._failures[row] = found

    def measurements(self, reused: int) -> Measurements:
        """All that has been taken in, whatever the order."""
        return Measurements(
            {key: self._column(key) for key in self.values},
            self.objects,
            {name: collected.embedded() for name, collected in self.vectors.items()},
            {name: collected.values() for name, collected in self.object_values.items()},
            self.sizes,
            tuple(failure for _, found in sorted(self._failures.items()) for failure in sorted(found, key=self._place)),
            reused,
        )

    def _column(self, key: str) -> Column:
        """A metric; the labels of a category are sorted."""
        if (codes := self._codes.get(key)) is None:
            return Column(key, Kind.SCALAR, self.values[key], valid=self.valid[key])
        labels = sorted(codes)
        places = {label: place for place, label in enumerate(labels)}
        table = np.array([places[label] for label in codes] or [0], dtype=np.int64)
        return Column(key, Kind.CATEGORY, table[self.values[key]], labels=labels, valid=self.valid[key])

    def _place(self, failure: Failure) -> tuple[int, str]:
        """Failures of a sample are listed in the order of the steps."""
        if failure.stage in _FIRST:
            return _FIRST.index(failure.stage) - len(_FIRST), failure.reason
        return self._order.get((failure.stage, failure.key or ""), 0), failure.reason
