"""Nearest neighbours by Euclidean distance: exact, by products of blocks, or by faiss where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points worked on at a time, on either side of a product.
BLOCK = 4096
#: Products from which faiss is worth importing.
WORTH = 1 << 26
#: Neighbours looked for beyond those asked for, so that rounding can't push one of these out.
SPARE = 4


def distances(queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int) -> Floats:
    """``(n, count)`` distances of each of n queries to its nearest points, ascending; at most as many as there are.

    Neighbours are looked for in float32; their distances are of float64, from the differences of coordinates.
    """
    count = min(count, len(points))
    found = _search(queries, points, min(count + SPARE, len(points)))
    nearest = np.empty((len(queries), count))
    rows = max(1, BLOCK // max(found.shape[1], 1))
    for start in range(0, len(queries), rows):
        part = slice(start, start + rows)
        differences = points[found[part]].astype(np.float64)
        differences -= np.asarray(queries[part], dtype=np.float64)[:, None]
        nearest[part] = np.sort(np.vecdot(differences, differences), axis=1)[:, :count]
    return np.sqrt(nearest)


def _search(queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int) -> Ints:
    """``(n, count)`` the nearest points of each query, in no order."""
    # Around a common centre and to scale, products lose fewer digits and can't overflow.
    centre = np.asarray(points[:: max(1, len(points) // BLOCK)], dtype=np.float64).mean(axis=0)
    scale = 1 / (max(_reach(queries, centre), _reach(points, centre)) or 1.0)
    near = [_scaled(points, centre, scale)]
    near.insert(0, near[0] if queries is points else _scaled(queries, centre, scale))
    if len(queries) * len(points) >= WORTH:
        try:
            import faiss
        except ImportError:
            pass
        else:
            index = faiss.IndexFlatL2(points.shape[1])
            index.add(near[1])
            return np.asarray(index.search(near[0], count)[1], dtype=np.intp)
    return np.concatenate(
        [_nearest(near[0][start : start + BLOCK], near[1], count) for start in range(0, len(queries), BLOCK)]
    )


def _parts(points: npt.NDArray[Any], centre: Floats) -> Iterator[tuple[slice, Floats]]:
    for start in range(0, len(points), BLOCK):
        part = slice(start, start + BLOCK)
        yield part, np.asarray(points[part], dtype=np.float64) - centre


def _reach(points: npt.NDArray[Any], centre: Floats) -> float:
    return max((float(np.abs(part).max(initial=0.0)) for _, part in _parts(points, centre)), default=0.0)


def _scaled(points: npt.NDArray[Any], centre: Floats, scale: float) -> npt.NDArray[np.float32]:
    scaled = np.empty(points.shape, dtype=np.float32)
    for part, values in _parts(points, centre):
        scaled[part] = values * scale
    return scaled


def _nearest(queries: npt.NDArray[np.float32], points: npt.NDArray[np.float32], count: int) -> Ints:
    """Of one block of queries, with one block of points after the other."""
    best = np.empty((len(queries), 0), dtype=np.float32)
    which = np.empty((len(queries), 0), dtype=np.intp)
    for start in range(0, len(points), BLOCK):
        part = points[start : start + BLOCK]
        squared = queries @ part.T
        squared *= -2
        squared += np.vecdot(part, part)
        best = np.concatenate([best, squared], axis=1)
        new = np.broadcast_to(np.arange(start, start + len(part)), squared.shape)
        which = np.concatenate([which, new], axis=1)
        if best.shape[1] > count:
            keep = np.argpartition(best, count - 1, axis=1)[:, :count]
            best, which = np.take_along_axis(best, keep, axis=1), np.take_along_axis(which, keep, axis=1)
    return which
