"""Squared distances to the nearest of a set of points that has grown, from those before, without any other state.

A product of float32, whose error is bounded, tells for which points some of the new ones could be nearer than what was
the nearest, and which; where that leaves too many, a product of float64 does. These distances are summed up in float64
from the differences of coordinates, as `Nearest` does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis_plugins.neighbours.precision import EASY, ENOUGH, around, between, centre_of, reach_of, rounding

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points, and new ones, of a product: together they fit a processor's cache.
POINTS, AT_A_TIME = 1024, 256


def nearer(points: npt.NDArray[Any], rows: Ints, squared: Floats, added: Ints) -> Floats:
    """``(k,)`` exact distances once others have been added, from the exact ones before.

    Args:
        points: ``(n, d)`` finite numbers; may be a memory map.
        rows: ``(k,)`` which of them.
        squared: ``(k,)`` their distances before, or anything larger than any where there was none.
        added: What has been added.
    """
    found = np.array(squared, dtype=np.float64)
    if not len(added):
        return found
    centre = centre_of(points)
    new = around(points[added], centre, np.float32), around(points[added], centre, np.float64)
    easy = bool(EASY[0] < reach_of(new[1]) < EASY[1])
    for start in range(0, len(rows), POINTS):
        part = slice(start, start + POINTS)
        own = points[rows[part]]
        pairs = _pairs(around(own, centre, np.float32), new[0], found[part]) if easy else None
        if pairs is None:
            pairs = _pairs(around(own, centre, np.float64), new[1], found[part])
        assert pairs is not None  # noqa: S101 (float64 always tells)
        near, which = pairs
        np.minimum.at(found, start + near, between(points, rows[part][near], points, added[which]))
    return found


def _pairs(block: npt.NDArray[Any], new: npt.NDArray[Any], before: Floats) -> tuple[Ints, Ints] | None:
    """Pairs of a point and a new one that may be its nearest by now, by position: all that are, and few more.

    None if distances are too short for the precision of the points.
    """
    of_block, of_new = np.vecdot(block, block), np.vecdot(new, new)
    error = rounding(block.dtype, block.shape[1], float(max(of_block.max(), of_new.max())))
    if block.dtype == np.float32 and not ENOUGH * error < before.max():
        return None
    new = -2 * new
    starts = range(0, len(new), AT_A_TIME)
    least = np.empty((len(starts), len(block)))
    for number, start in enumerate(starts):
        part = slice(start, start + AT_A_TIME)
        least[number] = (new[part] @ block.T + of_new[part, None]).min(axis=0)
    least += of_block
    limits = np.minimum(before, least.min(axis=0) + error) + error
    near, which = [], []
    for number, start in enumerate(starts):
        close = np.flatnonzero((least[number] <= limits) & (before > 0))
        part = slice(start, start + AT_A_TIME)
        products = (block[close] @ new[part].T + of_new[part]).astype(np.float64)
        products += of_block[close, None]
        rows, columns = np.nonzero(products <= limits[close, None])
        near.append(close[rows])
        which.append(start + columns)
    return np.concatenate(near), np.concatenate(which)
