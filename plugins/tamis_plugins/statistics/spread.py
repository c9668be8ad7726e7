"""How the vectors of an input lie in each set: diversity, coverage, and pairs that are close."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt

from tamis_plugins.statistics import measures
from tamis_plugins.statistics.points import Near, Points, nearest
from tamis_plugins.statistics.projection import principal, projected
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, SELECTED, TOGETHER, Rows

#: Points that are projected at a time, so that what is made of them stays small.
BLOCK = 16_384


@attrs.frozen(eq=False)
class Pair:
    """A sample that was not selected, and a selected one that it is close to."""

    unpicked: int
    picked: int
    distance: float


@attrs.frozen(eq=False, slots=False)
class Spread:
    """The vectors of an input.

    Attributes:
        points: All of them.
        within: Of each set, its points' nearest neighbours in it.
        covering: Of each set, the nearest in it of each point of the input.
        chosen: The points of each set.
    """

    points: Points
    within: Mapping[str, Near]
    covering: Mapping[str, Near]
    chosen: Mapping[str, Rows]

    @classmethod
    def of(cls, points: Points, sets: Mapping[str, Rows]) -> Spread:
        """Look for the neighbours."""
        chosen = {name: points.within(rows) for name, rows in sets.items()}
        everything = chosen[INPUT]
        return cls(
            points,
            {name: nearest(points.values, part, part, itself=False) for name, part in chosen.items()},
            {
                name: nearest(points.values, everything, part, itself=True)
                for name, part in chosen.items()
                if name != INPUT
            },
            chosen,
        )

    def diversity(self, name: str) -> float | None:
        """Of a set."""
        return measures.diversity(self.within[name].distances)

    def coverage(self, name: str) -> float | None:
        """Of a set; the input covers itself."""
        if name == INPUT:
            return 1.0 if len(self.chosen[INPUT]) else None
        return measures.coverage(self.covering[name].distances)

    @cached_property
    def _axes(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        values, everything = self.points.values, self.chosen[INPUT]
        return principal(values if len(everything) == len(values) else values[everything])

    def places(self, points: Rows) -> npt.NDArray[np.float64]:
        """``(n, 2)`` some points in the plane of the first two principal components of the input."""
        found = np.empty((len(points), 2))
        for start in range(0, len(points), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = projected(self.points.values[points[part]], *self._axes)
        return found

    @property
    def sampled(self) -> bool:
        """Whether any measure is of a sample of the points."""
        return any(near.sampled for near in (*self.within.values(), *self.covering.values()))

    def pairs(self, most: int) -> list[Pair]:
        """Samples of which a selected one is closest, the closest first; each selected one in one pair."""
        near = self.covering[SELECTED]
        owners = self.points.owners
        taken = {
            int(owners[point]) for name in (SELECTED, PRESELECTED, TOGETHER) for point in self.chosen.get(name, ())
        }
        found: list[Pair] = []
        used: set[int] = set()
        for place in np.argsort(near.distances, kind="stable"):
            other, picked = int(owners[near.points[place]]), int(owners[near.others[place]])
            if other not in taken and picked not in used and other not in used:
                used |= {other, picked}
                found.append(Pair(other, picked, float(near.distances[place])))
                if len(found) == most:
                    break
        return found
