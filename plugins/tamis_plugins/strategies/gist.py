"""Chooses samples of high values that are all apart, with at least half of the best trade-off that is possible.

It chooses all samples together, by its input and by the other strategies of the config: WEIGHTS, SIMILARITY or
TYPICALITY. The utility ``u`` of a sample is the sum over those of the sample's number times the strategy's
``strength``; if any sample's is negative, the least is subtracted from all. The best selection S, of all with as many
samples as are asked for, has the largest ``sum(u[i] for i in S) / U + strength * min(|x[i] - x[j]| for i, j in S) /
D``. There ``U`` is the largest sum of utilities that there is, and ``D`` the largest of the least distances that were
found, so that both parts are shares, whatever their units. To find the best would take for ever. What is found has at
least half of its number; the share that is certain, usually more, is told with the result.

DIVERSITY beside WEIGHTS may take two samples that are nearly the same, if their values make up for it. GIST keeps the
closest two apart. With a small ``strength`` it selects by utility, with a large one what is far apart.

The method is greedy independent set thresholding (GIST: Fahrbach and others, NeurIPS 2025, arXiv 2405.18754), here for
a sum of utilities and a given number of samples. For a threshold of distance, samples are taken by utility, the largest
first, but for those closer than that to one taken before. The best of several thresholds is the selection. If ``t`` is
at most half of the least distance in the best selection, no taken sample keeps out two of that, as they would be too
close to each other; so as many can be taken, and the sum of their utilities is no less. If half of that distance is
between two thresholds, the best selection has therefore no more than the utility found with the lower and twice the
higher. The next threshold is where this bound is the largest, until none is more than twice what has been found, and
little can be gained. Distances are exact in float64.

That takes some 10 to 40 thresholds. Each costs at most a product of vectors for each pair of a candidate and a taken
sample, and most far less: with low thresholds few candidates are looked at.

Samples that were selected before keep others at a distance; the distances among themselves are of no account.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from tamis import Chooser, Column, Kind, Memory, Params, Report, Strategy, errors, hookimpl
from tamis_plugins.neighbours.independent import independent, separation
from tamis_plugins.neighbours.nearest import Nearest
from tamis_plugins.neighbours.subset import points_of
from tamis_plugins.objectives.thresholds import Found, trade_off

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: How many thresholds are looked at as a rule.
USUAL = 32


class Gist(Chooser):
    """The share of the utility and of the separation that the picked samples have."""

    quantity = "shares of utility and separation"

    def __init__(self, column: Column, params: Params, memory: Memory | None = None, rows: Rows | None = None) -> None:
        self._points, self._memory = points_of(column, rows)[0], memory
        self._strength = float(params.get("strength", 1.0))
        self._utility = np.zeros(len(self._points))
        self._per_utility, self._per_distance = 1.0, self._strength
        self._sum, self._separation = 0.0, np.inf
        self._share: float | None = None
        self._told: str | None = None

    @cached_property
    def _space(self) -> Nearest:
        return Nearest(self._points, self._memory)

    def choose(self, rows: Rows, count: int, utility: Floats, report: Report) -> Rows:
        """By the best of several thresholds."""
        least = min(float(utility.min()), 0.0)
        self._utility[rows] = utility - least
        order = rows[np.argsort(-self._utility[rows], kind="stable")]
        space, given, tried = self._space, self._space.picked.copy(), 0
        if count == len(rows) or count + len(given) < 2:
            self._per_utility = 1 / (float(self._utility[order[:count]].sum()) or 1.0)
            self._told = "all candidates are selected" if count == len(rows) else "one sample alone is apart from none"
            return order[:count]

        def find(distance: float) -> Found:
            nonlocal tried
            tried += 1
            found = independent(space, order, count, distance, given, lambda: report(tried, max(tried, USUAL)))
            apart = separation(space, found, given) if len(found) == count else 0.0
            return Found(distance, found, float(self._utility[found].sum()), apart)

        found = trade_off(find, count, self._strength, space.radius)
        space.clear()
        space.pick(given)
        self._per_utility, self._per_distance, self._share = found.per_utility, found.per_distance, found.share
        return found.rows

    def values(self, rows: Rows) -> Floats:
        """The sum of both shares with each of the rows."""
        apart = np.minimum(np.sqrt(self._space.exact(rows)[0]), self._separation)
        return self._worth(self._sum + self._utility[rows], apart)

    def add(self, row: int) -> None:
        """Add its utility; before anything is chosen, it is given."""
        rows = np.array([row])
        if self._share is not None:
            self._separation = min(self._separation, float(np.sqrt(self._space.exact(rows)[0][0])))
        self._sum += float(self._utility[row])
        self._space.pick(rows)

    def value(self) -> float:
        """The sum of both shares."""
        return float(self._worth(np.array(self._sum), np.array(self._separation)))

    def _worth(self, utility: Floats, apart: Floats) -> Floats:
        worth: Floats = self._per_utility * utility + self._per_distance * np.where(np.isfinite(apart), apart, 0.0)
        return worth

    def nearest(self, rows: Rows) -> tuple[Rows, Floats] | None:
        """By the exact distance."""
        if not len(self._space.picked):
            return None
        squared, which = self._space.exact(rows)
        return self._space.picked[which], np.sqrt(squared)

    def summary(self) -> str | None:
        """How far apart the closest two are, and what is proven."""
        if not np.isfinite(self._separation):
            return self._told
        told = f"the closest two selected samples are {self._separation:.4g} apart"
        return told if self._share is None else f"{told}; at least {self._share:.0%} of the best possible trade-off"


def check(params: Params) -> None:
    """What is apart can't be turned round."""
    if params.get("strength", 1.0) < 0:
        raise errors.ParameterError("strength", "is negative, and GIST can't look for samples that are close together")


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare GIST."""
    return [Strategy("GIST", accepts={Kind.VECTOR}, objective=Gist, check=check, chooses=True, doc=__doc__ or "")]
