"""What a store is to remember of a pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.measuring.known_boxes import KnownBoxes
from tamis.measuring.object_metrics import written
from tamis.measuring.outputs import ENDED, RecipeOutputs
from tamis.measuring.recipe import Recipe
from tamis.measuring.result import Result
from tamis.measuring.steps import Key
from tamis.measuring.stored_results import Group
from tamis.store.parts import Part
from tamis.store.records import Output, Row

Rows = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Storing:
    """Makes rows of a store from results.

    Attributes:
        recipe: What was done.
        outputs: What it yields, as the store knows it.
        boxes: Those of objects that are known.
        undecodable: Rows of which the store knows already that their images can't be decoded.
    """

    recipe: Recipe
    outputs: RecipeOutputs
    boxes: KnownBoxes
    undecodable: Collection[int]

    def rows(self, group: Group, batch: Rows, results: Sequence[Result], samples: Sequence[str]) -> list[Row]:
        """What is to be stored of a batch: all but what has no fingerprint or identity, or may pass by itself."""
        found = []
        for row, result in zip(batch.tolist(), results, strict=True):
            if result.fingerprint and (stored := self._row(group.keys, row, result, samples[row])):
                found.append(stored)
        return found

    def parts(self, parts: Mapping[str, Part]) -> dict[Output, Part]:
        """Files of vectors by what they are for a store, not by the run's names."""
        found = {self.outputs.by_key["embed", name]: part for name, part in parts.items()}
        return {output: part for output, part in found.items() if output}

    def _row(self, keys: Sequence[Key], row: int, result: Result, sample: str) -> Row | None:
        if any(failure.key is None for failure in result.passing):
            return None
        cells: dict[Output, tuple[Any, ...]] = {}
        failures: dict[Output, list[Failure]] = {}
        whole = [failure for failure in result.failures if failure.key is None]
        ended = [failure for failure in whole if failure.stage in ENDED]
        if row not in self.undecodable:
            cells[self.outputs.file] = (result.header.width, result.header.height) if result.header else (None, None)
            failures[self.outputs.file] = whole
        for key in keys:
            output = self.outputs.by_key[key]
            of_file = not ended and (not result.header or (bool(whole) and key in self.outputs.pixels))
            if output is None or of_file or any(self._part_of(key, failure) for failure in result.passing):
                continue
            cells[output] = self._cell(key, row, result)
            failures[output] = ended or [f for f in result.failures if self._part_of(key, f)]
        return Row(sample, result.fingerprint or "", cells, failures)

    def _part_of(self, key: Key, failure: Failure) -> bool:
        """Whether what failed is part of what yields an output."""
        if failure.stage in ENDED:  # it may be any step of this name
            return any(name == failure.key for _, name in self.outputs.parts[key])
        return (failure.stage, failure.key) in self.outputs.parts[key]

    def _cell(self, key: Key, row: int, result: Result) -> tuple[Any, ...]:
        """The cells of one output."""
        stage, name = key
        if stage == "metric":
            return (result.values.get(name),)
        if stage == "task":
            return (result.objects.get(name),)
        if stage == "object":
            values = result.object_values.get(name)
            taken = self.boxes.digest(row, self.recipe.objects[name].task, result.objects)
            return None if values is None else written(values), taken
        task = self.recipe.embeddings[name].task
        boxes = None if task is None else self.boxes.digest(row, task, result.objects)
        vectors, dropped = result.vectors.get(name, (None, 0))
        return vectors, dropped, boxes
