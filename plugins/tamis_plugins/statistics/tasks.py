"""What the predictions of a task say of each set: objects, images and scores by class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Predictions
from tamis_plugins.statistics.distributions import Categories, Numbers
from tamis_plugins.statistics.sets import Rows


@attrs.frozen(eq=False, slots=False)
class Task:
    """A prediction task.

    Attributes:
        predictions: All of them.
        objects: How many there are of each class.
        images: How many images have one of the class.
        scores: Those of the objects.
        means: ``(C,)`` the mean score of each class, by set; NaN where there is none.
    """

    predictions: Predictions
    objects: Categories
    images: Categories
    scores: Numbers
    means: Mapping[str, npt.NDArray[np.float64]]

    @property
    def name(self) -> str:
        """What the config calls it."""
        return self.predictions.schema.name

    @classmethod
    def of(cls, predictions: Predictions, sets: Mapping[str, Rows]) -> Task:
        """From its predictions."""
        labels = predictions.schema.category_names
        size, owners = len(labels), predictions.rows
        objects, images, scores, means = {}, {}, {}, {}
        for name, rows in sets.items():
            there = np.zeros(len(predictions), dtype=bool)
            there[rows] = True
            kept = there[owners]
            classes = predictions.categories[kept]
            objects[name] = np.bincount(classes, minlength=size)
            pairs = np.unique(owners[kept] * size + classes)
            images[name] = np.bincount(pairs % size, minlength=size)
            found = predictions.scores[kept]
            known = ~np.isnan(found)
            scores[name] = found[known]
            sums = np.bincount(classes[known], found[known], minlength=size)
            numbers = np.bincount(classes[known], minlength=size)
            means[name] = np.divide(sums, numbers, out=np.full(size, np.nan), where=numbers > 0)
        return cls(
            predictions, Categories.of(labels, objects), Categories.of(labels, images), Numbers.of(scores), means
        )

    def counts(self, category: int) -> npt.NDArray[np.int64]:
        """``(n,)`` how many objects of a class each sample has."""
        found = self.predictions.rows[self.predictions.categories == category]
        return np.bincount(found, minlength=len(self.predictions))

    @cached_property
    def outlines(self) -> npt.NDArray[np.float64]:
        """``(m, 4)`` what can be drawn of each object: x, y, width and height in pixels, or NaN."""
        return self.predictions.outlines
