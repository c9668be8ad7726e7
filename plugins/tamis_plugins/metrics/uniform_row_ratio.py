"""Uniform row ratio: the share of rows that are nearly without structure, a sign of a failed transfer or decoding.

An image higher than 400 pixels is first resized: with ``f = 400 / height`` to ``int(height * f)`` rows and
``max(3, int(width * f))`` columns of luma, bilinear with half-pixel centres and without antialiasing. A pixel is
uniform if its response to the 3 x 3 Laplacian kernel (8 in the centre, -1 around it, no padding) is strictly between
-5 and 5 on the scale 0..255; a row is, if strictly more than 97 % of its pixels are. The ratio is over all rows but
the first and last; 0 for an image with fewer than 3 rows or columns.

After the published port of the worker's own module, in exact arithmetic: float32 may decide a response of exactly 5
either way. Good images have 0; Lightly's documentation drops those above 0.025.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.kernel import response

MAX_HEIGHT = 400
#: Limit of a uniform pixel's response, exclusive.
LIMIT = 5
Taps = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[Any], npt.NDArray[Any]]


def uniform_row_ratio(gray: npt.NDArray[np.uint8]) -> float:
    """Settle most rows by a sixth of their columns, and look at all columns of the others only.

    A row is not uniform as soon as 3 % of its pixels are busy, whichever they are; in most photographs nearly
    every row shows as many in its middle.
    """
    height, width = gray.shape
    if min(height, width) < 3:
        return 0.0
    resized = _Resized(gray)
    columns = resized.width - 2
    sixth = max(1, columns // 6)
    start = (columns - sixth) // 2
    busy = resized.busy(slice(None), start, start + sixth + 2)
    (unsettled,) = (100 * busy < 3 * columns).nonzero()
    if unsettled.size:
        needed = np.zeros(resized.height, dtype=bool)
        for neighbour in (0, 1, 2):
            needed[unsettled + neighbour] = True
        (rows,) = needed.nonzero()
        busy[unsettled] = resized.busy(rows, 0, resized.width)[rows.searchsorted(unsettled)]
    return np.count_nonzero(100 * busy < 3 * columns) / busy.size


class _Resized:
    """The image at no more than 400 rows, of which only the parts asked for are computed.

    Pixels are integers in units of ``1 / unit`` grey values, so nothing is rounded. They wrap around, which does no
    harm: a response and its limits, at most ``(2040 + LIMIT) * unit`` apart, fit the unsigned dtype.
    """

    def __init__(self, gray: npt.NDArray[np.uint8]) -> None:
        self._gray = gray
        self.height, self.width = gray.shape
        self._unit = 1
        if self.height > MAX_HEIGHT:
            factor = MAX_HEIGHT / self.height  # truncates to 399 for some heights, as the original does
            self.height, self.width = int(self.height * factor), max(3, int(self.width * factor))
            self._unit = 4 * self.height * self.width
        self._dtype = np.uint32 if (2040 + LIMIT) * self._unit < 2**32 else np.uint64

    def busy(self, rows: slice | npt.NDArray[np.intp], start: int, stop: int) -> npt.NDArray[np.uint32]:
        """How many pixels of columns ``start`` to ``stop`` are not uniform, for the middle of each 3 rows."""
        found = response(self._columns(rows, start, stop))  # transposed: of the last two rows nothing is true
        found += found.dtype.type(LIMIT * self._unit - 1)
        counts: npt.NDArray[np.uint32] = (found > 2 * LIMIT * self._unit - 2).sum(axis=0, dtype=np.uint32)
        return counts[:-2]

    def _columns(self, rows: slice | npt.NDArray[np.intp], start: int, stop: int) -> npt.NDArray[Any]:
        """Some columns of some rows, transposed, so that both are gathered as contiguous lines."""
        if self._unit == 1:
            columns: npt.NDArray[Any] = self._gray[rows, start:stop].astype(np.uint16).T
            return columns
        top, bottom, w_top, w_bottom = (tap[rows] for tap in _taps(self._gray.shape[0], self.height, self._dtype))
        left, right, w_left, w_right = (tap[start:stop] for tap in _taps(self._gray.shape[1], self.width, self._dtype))
        first, last = left[0], right[-1] + 1
        strip = self._gray[:, first:last]
        above, below = (strip.take(lines, axis=0).astype(self._dtype) for lines in (top, bottom))
        between = _mix(above, below, w_top, w_bottom).T.copy()
        return _mix(between.take(left - first, axis=0), between.take(right - first, axis=0), w_left, w_right)


def _mix(low: npt.NDArray[Any], high: npt.NDArray[Any], w_low: Any, w_high: Any) -> npt.NDArray[Any]:
    """Their weighted sum; in place."""
    low *= w_low
    high *= w_high
    low += high
    return low


@lru_cache(64)
def _taps(size: int, new_size: int, dtype: type) -> Taps:
    """Both source indices and integer weights, of unit ``1 / (2 * new_size)``, of bilinear sampling."""
    position = np.arange(size - new_size, 2 * new_size * size, 2 * size)
    low, weight = np.divmod(np.maximum(position, 0), 2 * new_size)
    weight = weight.astype(dtype)[:, None]
    return low, np.minimum(low + 1, size - 1), 2 * new_size - weight, weight


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.uniformRowRatio."""
    return [Metric("lightly.uniformRowRatio", uniform_row_ratio, doc=__doc__ or "", range=(0, 1))]
