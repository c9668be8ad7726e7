"""Points around a centre, to scale, so that products of them lose few digits and none is out of range."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Memory, errors
from tamis_plugins.neighbours.precision import CHUNK, EASY, around, centre_of, check_reach, reach_of

Ints = npt.NDArray[np.intp]


class Centred:
    """Points, of which some at a time are moved to the centre, and scaled.

    Attributes:
        points: ``(n, d)`` finite numbers as they were; floats are not copied, so they may be a memory map.
        parts: All points, some at a time.
        scale: What lengths are multiplied by: a power of two, so that scaling rounds nothing.
        norms: ``(n,)`` squared distances from the centre, to scale.
        radius: All points are within this distance of the centre; not to scale.
    """

    def __init__(self, points: npt.NDArray[Any], memory: Memory) -> None:
        if points.dtype not in (np.float16, np.float32, np.float64):
            points = points.astype(np.float64)
        self.points = points
        self.parts = [slice(start, start + CHUNK) for start in range(0, len(points), CHUNK)]
        self._centre, self.scale = centre_of(points), 1.0
        wide = points.dtype if self._centre is None else np.float64
        reach = max((reach_of(self.of(part, wide)) for part in self.parts), default=0.0)
        check_reach(reach)
        if not EASY[0] < reach < EASY[1]:
            self.scale = 2.0 ** -int(np.frexp(reach)[1])
        self.norms = memory.empty(len(points), np.float64)
        for part in self.parts:
            scaled = self.of(part, np.float64)
            self.norms[part] = np.vecdot(scaled, scaled)
        self.radius = float(np.sqrt(self.norms.max(initial=0.0))) / self.scale

    def of(self, rows: Ints | slice, dtype: Any) -> npt.NDArray[Any]:
        """Some of the points around the centre, to scale."""
        # Rows that are not a slice are a copy already.
        return around(self.points[rows], self._centre, dtype, self.scale, copy=isinstance(rows, slice))

    def check(self, rows: Ints, scaled: npt.NDArray[Any], error: float) -> None:
        """Raise `RunError` if points are not what they were, as may be where they are mapped from a file."""
        off = np.abs(np.vecdot(scaled, scaled) - self.norms[rows]) / self.scale**2
        if not (off <= error).all():
            raise errors.RunError(
                "vectors have changed since the selection began, as if the file that they are read from had been "
                "written to: select again"
            )
