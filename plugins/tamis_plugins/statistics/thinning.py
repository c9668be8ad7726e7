"""Fewer points than there are, where a picture has no room for all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis_plugins.statistics.sets import Rows


def thinned(special: npt.NDArray[np.bool_], most: int) -> Rows:
    """At most so many positions, ascending: the special ones first, and the rest at random, each time the same."""
    every: Rows = np.arange(len(special))
    if len(every) <= most:
        return every
    rng = np.random.default_rng(0)
    first, rest = every[special], every[~special]
    first = first if len(first) <= most else rng.choice(first, most, replace=False)
    return np.sort(np.concatenate([first, rng.choice(rest, most - len(first), replace=False)]))
