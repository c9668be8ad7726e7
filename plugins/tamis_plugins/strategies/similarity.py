"""Prefers samples that are close to a query: to texts, to images, or to the samples of a tag of another dataset.

The input names the query: EMBEDDINGS with ``text``, ``images``, or ``dataset_id`` and ``tag_name``. The similarity of
sample i is ``exp(-d[i] / mean(d))``, where ``d[i]`` is its Euclidean distance to the nearest of what the query has, and
the mean is over all candidates. It is 1 for a query sample. The objective of a selection is the sum of its
similarities. A negative ``strength`` prefers samples unlike the query.

Texts are about as far from every image, since models put texts and images into different regions of their space: with
vectors of unit length the distances may all be between 1.1 and 1.3. By itself SIMILARITY takes the nearest all the
same; beside other strategies it needs a ``strength`` of 10 or more to have a say.

With the option ``recall`` of an approximate run, the nearest of a query of 20,000 vectors and more is looked for in an
index, as for TYPICALITY.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, Report, Strategy, hookimpl
from tamis_plugins.neighbours.index import neighbours
from tamis_plugins.neighbours.subset import points_of
from tamis_plugins.objectives.weight_sum import WeightSum


class Similarity(WeightSum):
    """The sum of the picked samples' similarities to the query."""

    def __init__(
        self,
        column: Column,
        params: Params,
        report: Report,
        rows: npt.NDArray[np.intp] | None = None,
        recall: float | None = None,
    ) -> None:
        assert column.query is not None  # noqa: S101 (its kind has one)
        found, which, self._recall = neighbours(points_of(column, rows)[0], column.query, 1, recall, report)
        self._distances, self._which = found[:, 0], which[:, 0]
        self._names, self._of = column.query_names, column.query_of
        alone = self._of != "sample" and len(self._names) == 1
        self._called = repr(self._names[0]) if alone else "the query"
        mean = self._distances.mean() if len(self._distances) else 0.0
        similar = np.exp(-self._distances / (mean or 1.0))
        super().__init__(similar, "similarity", shown=(f"distance to {self._called}", self._distances))

    def record(self) -> dict[str, npt.NDArray[np.floating] | Column]:
        """The similarity of each row, and which of the query is the nearest, at what distance."""
        told: dict[str, npt.NDArray[np.floating] | Column] = {"similarity": self._weights}
        if self._called != "the query":  # there is but one, and it is named
            return {**told, f"distance to {self._called}": self._distances}
        told["query_distance"] = self._distances
        if self._names:
            name = f"nearest_query_{self._of}"
            told[name] = Column(name, Kind.CATEGORY, self._which, labels=self._names)
        return told


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare SIMILARITY."""
    return [Strategy("SIMILARITY", accepts={Kind.QUERY}, objective=Similarity, additive=True, doc=__doc__ or "")]
