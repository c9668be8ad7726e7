"""Tasks whose objects are listed image by image."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tamis import Annotations, Predictions, PredictionsBuilder, Report
from tamis_plugins.matching.names import NameIndex

#: Samples whose objects are laid out together.
BATCH = 512


class ListedLabels(Annotations):
    """Labels of images that have names of their own, each that of a sample or the end of its path."""

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Of the images, unique. Raises `PredictionError`."""

    @abstractmethod
    def objects(self, task: str, row: int, counts: Counter[str]) -> list[dict[str, Any]] | None:
        """Those of an image, None if nobody has looked at it. Raises `ValueError` with what is wrong.

        Args:
            task: One of the tasks.
            row: The image.
            counts: To count on what there is to say of objects.
        """

    def called(self, sample: str) -> str:
        """What a sample is called here, if that isn't its own name."""
        return sample

    def notes(self, task: str, counts: Mapping[str, int]) -> Sequence[str]:
        """What there is to say of all objects."""
        return ()

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.names())

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """What is wrong with an image costs its sample."""
        builder = PredictionsBuilder(self.task(name), len(samples))
        matched = self._index.match([self.called(sample) for sample in samples])
        rows, counts = matched.rows.tolist(), Counter[str]()
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            found: dict[int, list[Any]] = {}
            for row in range(start, min(start + BATCH, len(samples))):
                if rows[row] < 0:
                    continue
                try:
                    if (objects := self.objects(name, rows[row], counts)) is not None:
                        found[row] = objects
                except ValueError as error:
                    builder.reasons[row] = str(error)
            builder.add(found)
        notes = [*matched.notes, *self.notes(name, counts)]
        orphans = tuple(self.names()[row] for row in matched.orphans.tolist())
        return builder.build(orphans, self.where, tuple(notes))
