"""Outlines of objects as polygons, and the masks of pixels that they enclose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Steps to a pixel along an outline, in COCO's rule.
_FINE = 5
#: Steps of outlines that are in memory at a time.
_STEPS = 1 << 20
#: Pixels that an outline may be long, and those of an image that it may reach over, for a mask to be made of it: far
#: more than of any object, and no more than take two gigabytes.
LONGEST, WIDEST = 1 << 22, 1 << 27


@attrs.frozen(eq=False)
class Polygons:
    """The outlines of m objects. The mask of one is all that any of its rings encloses.

    Attributes:
        offsets: ``(m + 1,)``: the rings of object j are rows ``offsets[j]:offsets[j + 1]``; none, if it has no outline.
        rings: ``(r, 2)``: the points of a ring are rows ``start:stop``, one after another.
        points: ``(p, 2)`` x, y.
    """

    offsets: Ints
    rings: Ints
    points: Floats

    def __attrs_post_init__(self) -> None:
        for array in (self.offsets, self.rings, self.points):
            array.flags.writeable = False

    @classmethod
    def none(cls, objects: int) -> Polygons:
        """Of objects without outlines."""
        return cls(np.zeros(objects + 1, np.int64), np.empty((0, 2), np.int64), np.empty((0, 2)))

    @classmethod
    def of(cls, outlines: Sequence[Sequence[Floats]]) -> Polygons:
        """From the rings of each object, ``(k, 2)`` each."""
        rings = [ring for outline in outlines for ring in outline]
        stops = np.cumsum(np.array([len(ring) for ring in rings], dtype=np.int64))
        starts = np.concatenate([[0], stops[:-1]]).astype(np.int64)[: len(rings)]
        offsets = np.concatenate([[0], np.cumsum([len(outline) for outline in outlines], dtype=np.int64)])
        points = np.concatenate([np.empty((0, 2)), *rings])
        return cls(offsets.astype(np.int64), np.stack([starts, stops], axis=1), points)

    @classmethod
    def concatenated(cls, parts: Sequence[Polygons]) -> Polygons:
        """Those of several groups of objects, one after another."""
        before = np.concatenate([[0], np.cumsum([len(part.points) for part in parts])]).astype(np.int64)
        counts = np.concatenate([np.empty(0, np.int64), *(np.diff(part.offsets) for part in parts)])
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([part.rings + start for part, start in zip(parts, before, strict=False)]).astype(np.int64),
            np.concatenate([part.points for part in parts]),
        )

    def take(self, objects: Ints) -> Polygons:
        """Those of some objects, in their order."""
        counts = np.diff(self.offsets)[objects]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[objects] - offsets[:-1], counts)
        return attrs.evolve(self, offsets=offsets, rings=self.rings[rows])

    def large(self, sizes: Ints) -> npt.NDArray[np.bool_]:
        """Which outlines are too long, or reach over too much of their image, for a mask to be made of them.

        Args:
            sizes: ``(m, 2)`` width and height of the image of each; not positive where unknown.
        """
        owners = np.repeat(np.arange(len(sizes)), np.diff(self.offsets))
        lengths = np.bincount(owners, self._steps() / _FINE, len(sizes))
        found: npt.NDArray[np.bool_] = lengths > LONGEST
        for number in np.flatnonzero(~found & (lengths**2 > WIDEST)).tolist():  # no shorter one reaches so far
            rings = self.rings[slice(*self.offsets[number : number + 2])]
            points = np.concatenate([self.points[start:stop] for start, stop in rings])
            if (sizes[number] > 0).all():
                points = np.clip(points, 0, sizes[number])
            found[number] = np.ptp(points, axis=0).prod() > WIDEST
        return found

    def without(self, some: npt.NDArray[np.bool_]) -> Polygons:
        """The same, but for the outlines of some objects."""
        counts = np.diff(self.offsets)
        offsets = np.concatenate([[0], np.cumsum(np.where(some, 0, counts))]).astype(np.int64)
        return attrs.evolve(self, offsets=offsets, rings=self.rings[~np.repeat(some, counts)])

    def scaled(self, factors: Floats) -> Polygons:
        """With the points of each object times ``(m, 2)`` factors."""
        rings = np.diff(self.rings).reshape(-1)
        owners = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        points = self.points.copy()
        rows = np.arange(rings.sum()) + np.repeat(
            self.rings[:, 0] - np.concatenate([[0], np.cumsum(rings)])[:-1], rings
        )
        points[rows] *= np.repeat(factors[owners], rings, axis=0)
        return attrs.evolve(self, points=points)

    def masks(self, sizes: Ints) -> list[Ints]:
        """The run lengths of each object's mask: of zeros and ones in turn, row by row, zeros first.

        A pixel is inside as COCO's own tools have it: outlines are followed in fifths of a pixel.

        Args:
            sizes: ``(m, 2)`` width and height of the image of each.
        """
        spans: list[Any] = []
        owners = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        steps = self._steps()
        first = 0
        while first < len(self.rings):
            within = np.searchsorted(np.cumsum(steps[first:]), _STEPS, side="right")
            stop = first + max(int(within), 1)
            spans.append(_spans(self, np.arange(first, stop), owners[first:stop], sizes))
            first = stop
        found = np.concatenate([np.empty((0, 4), np.int64), *spans])
        found = found[np.argsort(found[:, 0], kind="stable")]
        bounds = np.searchsorted(found[:, 0], np.arange(len(self.offsets)))
        return [
            _runs(found[start:stop, 1:], *size)
            for start, stop, size in zip(bounds[:-1], bounds[1:], sizes.tolist(), strict=True)
        ]

    def _steps(self) -> Floats:
        """About how many steps each ring takes."""
        lengths = np.abs(np.diff(self.points, axis=0, append=self.points[:1])).sum(axis=1) * _FINE + 1
        totals = np.concatenate([[0.0], np.cumsum(lengths)])
        found: Floats = totals[self.rings[:, 1]] - totals[self.rings[:, 0]]
        return found


def _spans(polygons: Polygons, rings: Ints, owners: Ints, sizes: Ints) -> Ints:
    """``(k, 4)`` object, column, and the first row inside and the first beyond: of some rings, in no order.

    Along an outline, the row at which each column is crossed; between the first and the second crossing, the third and
    the fourth and so on, a column is inside.
    """
    bounds = polygons.rings[rings]
    lengths = bounds[:, 1] - bounds[:, 0]
    firsts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    ring = np.repeat(np.arange(len(rings)), lengths)
    here = np.arange(len(ring))
    points = polygons.points[here + (bounds[:, 0] - firsts)[ring]]
    fine = np.trunc(points * _FINE + 0.5).astype(np.int64)
    following = np.where(here + 1 < (firsts + lengths)[ring], here + 1, firsts[ring])
    one, other = fine, fine[following]
    wide, high = np.abs(other - one).T
    flat = wide >= high
    flip = np.where(flat, one[:, 0] > other[:, 0], one[:, 1] > other[:, 1])
    low, up = np.where(flip[:, None], other, one), np.where(flip[:, None], one, other)
    rise = (up - low).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.nan_to_num(np.where(flat, rise[:, 1] / wide, rise[:, 0] / high))
    longest = np.maximum(wide, high)
    edge = np.repeat(here, longest + 1)
    step = np.arange(len(edge)) - np.concatenate([[0], np.cumsum(longest + 1)])[:-1][edge]
    step = np.where(flip[edge], longest[edge] - step, step)
    along = low[edge] + np.stack([step, step], axis=1)
    across = np.trunc(low[edge][:, ::-1] + (slope[edge] * step)[:, None] + 0.5).astype(np.int64)
    u = np.where(flat[edge], along[:, 0], across[:, 1])
    v = np.where(flat[edge], across[:, 0], along[:, 1])
    of_ring = ring[edge]
    moved = np.flatnonzero((u[1:] != u[:-1]) & (of_ring[1:] == of_ring[:-1])) + 1
    column = np.where(u[moved] < u[moved - 1], u[moved], u[moved] - 1) - _FINE // 2
    of_ring = of_ring[moved]
    size = sizes[owners[of_ring]]
    crossed = (column % _FINE == 0) & (column >= 0) & (column // _FINE < size[:, 0])
    row = -(-(np.minimum(v[moved], v[moved - 1]) - _FINE // 2) // _FINE)
    row = np.clip(row, 0, size[:, 1])
    of_ring, column, row = of_ring[crossed], column[crossed] // _FINE, row[crossed]
    order = np.lexsort((row, column, of_ring))
    of_ring, column, row = of_ring[order], column[order], row[order]
    found: Ints = np.stack([owners[of_ring[::2]], column[::2], row[::2], row[1::2]], axis=1)
    return found[found[:, 3] > found[:, 2]]


def _runs(spans: Ints, width: int, height: int) -> Ints:
    """Run lengths of the pixels in ``(k, 3)`` spans of columns, row by row."""
    if not len(spans):
        return np.array([width * height], dtype=np.int64)
    left, top = spans[:, 0].min(), spans[:, 1].min()
    columns, rows = spans[:, 0].max() - left + 1, spans[:, 2].max() - top
    start = (spans[:, 0] - left) * (rows + 1) - top
    size = int(columns * (rows + 1))
    depth = np.bincount(start + spans[:, 1], minlength=size)  # in place, as it may be large
    depth -= np.bincount(start + spans[:, 2], minlength=size)
    np.cumsum(depth, out=depth)
    mask = np.zeros((rows, columns + 2), dtype=np.int8)
    mask[:, 1:-1] = depth.reshape(columns, rows + 1)[:, :-1].T > 0
    row, column = np.nonzero(np.diff(mask, axis=1))
    borders = (row + top) * width + column + left
    meeting = np.flatnonzero(borders[2::2] == borders[1:-1:2])  # a row that goes on in the next
    borders = np.delete(borders, np.concatenate([2 * meeting + 1, 2 * meeting + 2]))
    ends = [width * height] if borders[-1] < width * height else []
    stops: Ints = np.concatenate([[0], borders, ends]).astype(np.int64)
    return stops[1:] - stops[:-1]
