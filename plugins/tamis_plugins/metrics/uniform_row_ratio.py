"""Uniform row ratio, the share of pixel rows that are nearly without structure.

It is computed in these steps:

1. An image higher than 400 pixels is resized. With ``f = 400 / height`` it gets ``int(height * f)`` rows and
   ``max(3, int(width * f))`` columns. The resizing is bilinear on the luma, with half-pixel centres and without
   antialiasing.
2. The 3 x 3 Laplacian kernel, 8 in the centre and -1 around it, is applied to the luma of 0 to 255 without padding.
3. A pixel is uniform if its response is strictly between -5 and 5.
4. A row is uniform if strictly more than 97 % of its pixels are.
5. The ratio is the number of uniform rows divided by the number of rows, the first and the last row left out.

An image with fewer than 3 rows or columns has 0. The range is 0 to 1, without a unit. Low values mean images that are
whole: good photographs have 0 or little more. High values mean images that a failed transfer or decoding has left
partly blank. Lightly's documentation drops those above 0.025.

The steps follow the published port of the worker's own module. They are done in exact arithmetic here, where the
port's float32 may decide a response of exactly 5 either way.

References:
    Lightly. lightly-studio, branch ``lig-9937-video-frame-curation``, commit 5e861a9ff,
    ``video_frame_curation/row_uniformity.py``.

    Lightly. Corruptness check. <https://docs.lightly.ai/docs/corruptness-check>

Examples:
    Of 10 rows, the first 4 are a chessboard and the last 6 are blank. Rows 0 and 9 are left out. Of the other 8, rows
    1 to 4 touch the chessboard, and rows 5 to 8 are uniform.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> torn = np.full((10, 10), 128, np.uint8)
    >>> torn[:4] = np.indices((4, 10)).sum(axis=0) % 2 * 255
    >>> compute(Dataset.from_images(["torn"], [torn]), ["lightly.uniformRowRatio"])["lightly.uniformRowRatio"].values
    array([0.5])
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.kernel import response

MAX_HEIGHT = 400
#: Limit of a uniform pixel's response, exclusive.
LIMIT = 5
Part = slice | npt.NDArray[np.intp]


def uniform_row_ratio(gray: npt.NDArray[np.uint8]) -> float:
    """Settle most rows by a sixth of their columns, and look at all columns of the others only.

    A row is not uniform as soon as 3 % of its pixels are busy, whichever they are; in most photographs nearly
    every row shows as many in its middle.
    """
    height, width = gray.shape
    if min(height, width) < 3:
        return 0.0
    grid = _grid(height, width)
    columns = grid.width - 2
    sixth = max(1, columns // 6)
    start = (columns - sixth) // 2
    busy = grid.busy(gray, slice(None), slice(start, start + sixth + 2))
    unsettled = 100 * busy < 3 * columns
    if unsettled.any():
        needed = np.zeros(grid.height, dtype=bool)
        for neighbour in (0, 1, 2):
            needed[neighbour : neighbour + busy.size] |= unsettled
        (rows,) = needed.nonzero()
        busy[unsettled] = grid.busy(gray, rows, slice(None))[rows.searchsorted(unsettled.nonzero()[0])]
    return np.count_nonzero(100 * busy < 3 * columns) / busy.size


class _Grid:
    """The pixels of images of one size at no more than 400 rows, of which only the parts asked for are computed.

    Pixels are integers in units of ``1 / unit`` grey values, so nothing is rounded. They wrap around, which does no
    harm: a response and its limits, at most ``(2040 + LIMIT) * unit`` apart, fit the unsigned dtype.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self._unit = 1
        if height > MAX_HEIGHT:
            factor = MAX_HEIGHT / height  # truncates to 399 for some heights, as the original does
            self.height, self.width = int(height * factor), max(3, int(width * factor))
            self._unit = 4 * self.height * self.width
            self._dtype = np.uint32 if (2040 + LIMIT) * self._unit < 2**32 else np.uint64
            self._down = _taps(height, self.height, self._dtype)
            self._across = _taps(width, self.width, self._dtype)

    def busy(self, gray: npt.NDArray[np.uint8], rows: Part, columns: Part) -> npt.NDArray[np.uint32]:
        """How many pixels of these columns are not uniform, for the middle of each 3 rows."""
        found = response(self._columns(gray, rows, columns))  # transposed: of the last two rows nothing is true
        found += found.dtype.type(LIMIT * self._unit - 1)
        counts: npt.NDArray[np.uint32] = (found > 2 * LIMIT * self._unit - 2).sum(axis=0, dtype=np.uint32)
        return counts[:-2]

    def _columns(self, gray: npt.NDArray[np.uint8], rows: Part, columns: Part) -> npt.NDArray[Any]:
        """Some columns of some rows, transposed, so that both are gathered as contiguous lines."""
        pixels: npt.NDArray[Any]
        if self._unit == 1:
            pixels = gray[rows, columns].astype(np.uint16).T
            return pixels
        down, w_down = (taps[:, rows] for taps in self._down)
        across, w_across = (taps[:, columns] for taps in self._across)
        first, last = across[0, 0], across[1, -1] + 1
        lines = gray[:, first:last].take(down, axis=0).astype(self._dtype)
        between = np.einsum("kij,ki->ij", lines, w_down).T.copy()
        pixels = np.einsum("kij,ki->ij", between.take(across - first, axis=0), w_across)
        return pixels


#: Makes one for each size of image, as long as there are few.
_grid = lru_cache(64)(_Grid)


def _taps(size: int, new_size: int, dtype: type) -> tuple[npt.NDArray[np.intp], npt.NDArray[Any]]:
    """``(2, new_size)`` source indices and integer weights, of unit ``1 / (2 * new_size)``, of bilinear sampling."""
    position = np.arange(size - new_size, 2 * new_size * size, 2 * size)
    low, weight = np.divmod(np.maximum(position, 0), 2 * new_size)
    return np.stack([low, np.minimum(low + 1, size - 1)]), np.stack([2 * new_size - weight, weight]).astype(dtype)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.uniformRowRatio."""
    return [Metric("lightly.uniformRowRatio", uniform_row_ratio, doc=__doc__ or "", range=(0, 1))]
