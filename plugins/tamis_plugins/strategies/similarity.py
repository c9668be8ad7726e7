"""Prefers samples that are close to a query: the samples of a tag of another dataset.

The input names the query by ``dataset_id`` and ``tag_name``. The similarity of sample i is ``exp(-d[i] / mean(d))``,
where ``d[i]`` is its Euclidean distance to the nearest query sample, and the mean is over all candidates. It is 1 for a
query sample. The objective of a selection is the sum of its similarities. A negative ``strength`` prefers samples
unlike the query.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, Report, Strategy, hookimpl
from tamis_plugins.neighbours.search import neighbours
from tamis_plugins.objectives.weight_sum import WeightSum


class Similarity(WeightSum):
    """The sum of the picked samples' similarities to the query."""

    def __init__(self, column: Column, params: Params, report: Report) -> None:
        assert column.query is not None  # noqa: S101 (its kind has one)
        found, which = neighbours(column.values, column.query, 1, report)
        self._distances, self._which = found[:, 0], which[:, 0]
        self._names = column.query_names
        mean = self._distances.mean() if len(self._distances) else 0.0
        similar = np.exp(-self._distances / (mean or 1.0))
        super().__init__(similar, "similarity", shown=("distance to the query", self._distances))

    def record(self) -> dict[str, npt.NDArray[np.floating] | Column]:
        """The similarity of each row, and which query sample is the nearest, at what distance."""
        told: dict[str, npt.NDArray[np.floating] | Column] = {
            "similarity": self._weights,
            "query_distance": self._distances,
        }
        if self._names:
            name = "nearest_query_sample"
            told[name] = Column(name, Kind.CATEGORY, self._which, labels=self._names)
        return told


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare SIMILARITY."""
    return [Strategy("SIMILARITY", accepts={Kind.QUERY}, objective=Similarity, doc=__doc__ or "")]
