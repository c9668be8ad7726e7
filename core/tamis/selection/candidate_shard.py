"""A shard of the candidates, and the greedy choice from it."""

from __future__ import annotations

import attrs
import numpy as np

from tamis.declarations.objective import Objective, Rows
from tamis.progress import Monitor
from tamis.selection.attribution import PlaceInConfig
from tamis.selection.checking import checked
from tamis.selection.greedy import pick
from tamis.selection.scoring import Term


@attrs.frozen(eq=False)
class CandidateShard:
    """Some of the candidates, and what was selected from the start, numbered from 0.

    Attributes:
        objectives: Path, objective and strength of each factor.
        size: How many rows the objectives know.
        candidates: Those of them that may be picked, ascending.
        given: Those that are in the selection from the start.
        most: How many to pick at the most.
    """

    objectives: tuple[tuple[str, Objective, float], ...]
    size: int
    candidates: Rows
    given: list[int]
    most: int

    def choose(self, monitor: Monitor) -> Choice:
        """Pick greedily."""
        terms = [
            Term(checked(objective, self.size, PlaceInConfig(path)), strength)
            for path, objective, strength in self.objectives
        ]
        picks, _ = pick(terms, self.candidates, self.most, monitor, self.given)
        rows = np.array([found.row for found in picks], dtype=np.intp)
        return Choice(np.searchsorted(self.candidates, rows), picks[-1].objectives if picks else ())


@attrs.frozen(eq=False)
class Choice:
    """What was picked from a shard.

    Attributes:
        picked: By position among its candidates, in the order picked.
        reached: The objective of each factor in the end.
    """

    picked: Rows
    reached: tuple[float | None, ...]
