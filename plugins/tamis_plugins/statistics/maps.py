"""Points in the plane as a block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import blocks
from tamis_plugins.statistics.sets import PRESELECTED, RANDOM, SELECTED, Rows
from tamis_plugins.statistics.spread import Spread


def map_of(spread: Spread, drawn: Rows, places: npt.NDArray[np.floating], axes: str) -> blocks.Map:
    """Some points of an input, with those of each set apart.

    Args:
        spread: All of them.
        drawn: Which to draw.
        places: ``(n, 2)`` where each of these is.
        axes: What the two numbers are.
    """
    points = spread.points
    groups = {
        name: np.flatnonzero(np.isin(drawn, spread.chosen[name], assume_unique=True))
        for name in (RANDOM, PRESELECTED, SELECTED)
        if name in spread.chosen
    }
    return blocks.Map(points.name, places, points.owners[drawn], groups=groups, axes=axes, objects=points.objects)
