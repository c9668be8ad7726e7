"""Prefers samples that are close to a query: the samples of a tag of another dataset.

The input names the query by ``dataset_id`` and ``tag_name``. With ``d[i]`` the Euclidean distance of sample i to the
nearest query sample, and the mean over all candidates, each sample weighs ``exp(-d[i] / mean(d))``: 1 where it is a
query sample, and everywhere if all are. The objective of a selection is the sum of its weights. A negative ``strength``
prefers samples unlike the query.
"""

from __future__ import annotations

import numpy as np

from tamis import Column, Kind, Params, Report, Strategy, hookimpl
from tamis_plugins.neighbours.search import distances
from tamis_plugins.objectives.weight_sum import WeightSum


def similarity(column: Column, params: Params, report: Report) -> WeightSum:
    """Weigh samples by their distance to the query."""
    assert column.query is not None  # noqa: S101 (its kind has one)
    distance = distances(column.values, column.query, 1, report)[:, 0]
    mean = distance.mean() if len(distance) else 0.0
    return WeightSum(np.exp(-distance / (mean or 1.0)))


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare SIMILARITY."""
    return [Strategy("SIMILARITY", accepts={Kind.QUERY}, objective=similarity, doc=__doc__ or "")]
