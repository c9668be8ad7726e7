"""Which coordinates can be squared, around which centre they lose few digits, and how far distances may be off then."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import errors

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points worked on at a time.
CHUNK = 2048
#: Standard deviations of the rounding error of a product that its bound allows for.
DEVIATIONS = 5
#: Distances between these can be squared in float64, and summed up.
SMALLEST, LARGEST = 1e-140, 1e140
#: Numbers between these can be squared in float32, and summed up.
EASY = 1e-9, 1e9
#: Float64 takes over when the largest distance asked for is below this many times the error of float32.
ENOUGH = 64


def between(points: npt.NDArray[Any], rows: Ints, others: npt.NDArray[Any], which: Ints) -> Floats:
    """``(k,)`` squared distances from rows of points to rows of others, one to one, to full precision."""
    squared = np.empty(len(rows))
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        differences = points[rows[part]].astype(np.float64)
        differences -= others[which[part]]
        squared[part] = np.vecdot(differences, differences)
    return squared


def rounding(dtype: Any, dimensions: int, squared: float) -> float:
    """How far squared distances may be off that come of products, of points with no larger squared norm."""
    return float(np.finfo(dtype).eps * (DEVIATIONS * np.sqrt(dimensions) + 8) * squared)


def check_reach(reach: float) -> None:
    """Raise `RunError` if distances of that size can't be squared."""
    if reach and not SMALLEST < reach < LARGEST:
        raise errors.RunError(f"coordinates are up to {reach:g}, too large or too small to be squared: scale them")


def centre_of(points: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """A centre, where products around it lose far fewer digits; any will do, so that of some points is as good."""
    some = np.asarray(points[:: max(1, len(points) // 1024)], dtype=np.float64)
    if not (largest := reach_of(some)):
        return None
    centre = some.sum(axis=0) / len(some)
    lengths = [np.vecdot(each, each).sum() for each in (some / largest, (some - centre) / largest)]
    return centre.astype(points.dtype) if lengths[1] < lengths[0] / 4 else None


def around(
    points: npt.NDArray[Any], centre: npt.NDArray[Any] | None, dtype: Any, scale: float = 1.0, *, copy: bool = True
) -> npt.NDArray[Any]:
    """Points around a centre, to scale.

    From the wider of both precisions, so that the centre takes away no digits, and no scale is out of range.

    Args:
        points: ``(k, d)``.
        centre: ``(d,)``; None if it is that of the coordinates.
        dtype: Of what is returned.
        scale: What lengths are multiplied by.
        copy: Whether the points must stay as they are.
    """
    wide = np.float64 if not 1e-30 < scale < 1e30 else np.promote_types(points.dtype, dtype)
    moved = centre is not None or scale != 1
    scaled: npt.NDArray[Any] = points.astype(wide, copy=copy and moved)
    if centre is not None:
        scaled -= centre
    if scale != 1:
        scaled *= scale
    return scaled.astype(dtype, copy=False)


def reach_of(numbers: npt.NDArray[Any]) -> float:
    """The largest absolute value."""
    return max(float(numbers.max(initial=0.0)), -float(numbers.min(initial=0.0)))
