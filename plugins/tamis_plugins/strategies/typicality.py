"""Prefers samples that have many others close by, so that the selection shows what is common.

The typicality of sample i is ``mean over its K nearest neighbours j of exp(-d[i, j] / D)``, with Euclidean distances
``d`` and their mean ``D`` over all samples and neighbours: between 0 and 1. K is ``num_nearest_neighbors``, or as many
others as there are. A sample is not its own neighbour; its duplicates are. The objective of a selection is the sum of
its typicalities. Alone, it may pick one dense spot only: combine it with DIVERSITY.

``stopping_condition_minimum_typicality`` rejects samples that are less typical. The selection ends when no other is
left.

With the option ``recall`` of an approximate run, so large a share of the neighbours has to be found. Of 20,000 points
and more they are looked for in an index then, for which faiss is needed: ``pip install 'tamis[faiss]'``. What share is
found is measured, and told in ``selection.json``.

A sample may have any number of points, such as the embeddings of its objects. Its typicality is then the mean of those
of its points among all points, or 0 if it has none. This mean is tamis's own: upstream's was never published.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, Report, Strategy, hookimpl
from tamis_plugins.neighbours.index import distances
from tamis_plugins.neighbours.subset import points_of
from tamis_plugins.objectives.weight_sum import WeightSum


class Typicality(WeightSum):
    """The sum of the picked samples' typicalities."""

    final = True

    def __init__(
        self,
        column: Column,
        params: Params,
        report: Report,
        rows: npt.NDArray[np.intp] | None = None,
        recall: float | None = None,
    ) -> None:
        points, offsets = points_of(column, rows)
        typical, self._recall = typicality(points, params["num_nearest_neighbors"], report, recall)
        if offsets is not None:
            counts = np.diff(offsets)
            # Summed up sample by sample, so that equal samples have equal means.
            sums = np.bincount(np.repeat(np.arange(len(counts)), counts), weights=typical, minlength=len(counts))
            typical = sums / np.maximum(counts, 1)
        super().__init__(typical, "typicality")
        self._minimum = params.get("stopping_condition_minimum_typicality")
        if self._minimum is not None:
            self.refusal = f"its typicality is below {self._minimum:g} (stopping_condition_minimum_typicality)"

    def record(self) -> dict[str, npt.NDArray[np.float64]]:
        """The typicality of each row."""
        return {"typicality": self._weights}

    def allowed(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_] | None:
        """Those that are typical enough."""
        if self._minimum is None:
            return None
        enough: npt.NDArray[np.bool_] = self._weights[rows] >= self._minimum
        return enough


def typicality(
    points: npt.NDArray[np.floating],
    neighbours: int,
    report: Report = lambda done, total: None,
    recall: float | None = None,
) -> tuple[npt.NDArray[np.float64], float | None]:
    """``(n,)`` of each point among all; 1 for a point that is alone, or where all are the same.

    With the share of neighbours that were found, if ``recall`` says that it need not be all of them.
    """
    if len(points) < 2:
        return np.ones(len(points)), None if recall is None else 1.0
    # Each point is among its own nearest, at distance 0: it is always found, and no neighbour.
    count = neighbours + 1
    asked = None if recall is None else (recall * neighbours + 1) / count
    nearest, share = distances(points, points, count, asked, report)
    found = None if share is None else max((share * count - 1) / neighbours, 0.0)
    nearest = nearest[:, 1:]
    nearest /= -(nearest.mean() or 1.0)
    typical: npt.NDArray[np.float64] = np.exp(nearest, out=nearest).mean(axis=1)
    return typical, found


def stops(params: Params) -> bool:
    """With a minimum typicality."""
    return "stopping_condition_minimum_typicality" in params


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare TYPICALITY."""
    schema = {
        "properties": {
            "num_nearest_neighbors": {"type": "integer", "minimum": 2, "default": 20},
            "stopping_condition_minimum_typicality": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 1,
                "description": "Rejects samples that are less typical than this.",
            },
        },
        "examples": [{}, {"num_nearest_neighbors": 2, "stopping_condition_minimum_typicality": 0.1}],
    }
    return [
        Strategy(
            "TYPICALITY",
            accepts={Kind.VECTOR, Kind.VECTORS},
            objective=Typicality,
            schema=schema,
            stops=stops,
            additive=True,
            doc=__doc__ or "",
        )
    ]
