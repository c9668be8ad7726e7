"""Small squares out of grey images by Pillow's Lanczos filter: the same bytes, by products of matrices.

Pillow weighs pixels with whole numbers of 22 bits, along the rows first, rounds to bytes, and does the same along the
columns. In float64, products of such numbers and bytes are exact, and so are their sums, whatever their order. In
float32 they are near, in half the time: all are made so along the rows, and those again in float64 that are too near
the middle between two bytes to tell which it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis_plugins.pixels.array import array

#: Bits of a weight behind the point, and pixels on either side that have one, of what is to be made.
BITS, SUPPORT = 22, 3
#: Columns that are made at a time, into which sides divide: enough for a fast product, and few enough that most weights
#: in it aren't 0.
COLUMNS = 8
#: Columns below which it isn't worth it.
NARROW = 128
#: Multiplications at a time: so few that no library of matrix products starts threads for them.
AT_A_TIME = 1 << 18

Floats = npt.NDArray[np.float64]


def square(gray_image: Image.Image, side: int) -> Floats:
    """``(side, side)`` whole numbers from 0 to 255: what ``gray_image.resize((side, side), LANCZOS)`` has."""
    width, height = gray_image.size
    if width < NARROW or height > 2 * width - side:  # from there on, Pillow 13 begins with the columns
        return np.asarray(gray_image.resize((side, side), Image.Resampling.LANCZOS), dtype=np.float64)
    across = _along_rows(array(gray_image), _weights(width, side))
    down = _weights(height, side)
    return np.ascontiguousarray(_rounded(_sums(across.T, down.blocks, down.starts)).T)


def _along_rows(pixels: npt.NDArray[np.uint8], weights: _Weights) -> npt.NDArray[np.float32]:
    """``(h, side)`` bytes of ``(h, w)``."""
    sums = _sums(pixels, weights.shares, weights.starts)
    made: npt.NDArray[np.float32] = np.rint(sums)
    sums -= made
    unsure = np.flatnonzero(np.abs(sums, out=sums) > 0.5 - weights.error)
    row, column = np.divmod(unsure, made.shape[1])
    exact = np.vecdot(pixels[row[:, None], weights.places[column]].astype(np.float64), weights.whole[column])
    made.reshape(-1)[unsure] = _rounded(exact)
    np.clip(made, 0, 255, out=made)
    return made


def _sums(pixels: npt.NDArray[Any], blocks: npt.NDArray[Any], starts: list[int]) -> npt.NDArray[Any]:
    """``(h, side)`` of ``(h, w)``, weighed and summed up in the type of the weights."""
    seen = blocks.shape[1]
    made = np.empty((len(pixels), len(blocks) * COLUMNS), blocks.dtype)
    step = max(1, AT_A_TIME // (seen * COLUMNS))
    for top in range(0, len(pixels), step):
        rows, into = pixels[top : top + step].astype(blocks.dtype), made[top : top + step]
        for number, (start, block) in enumerate(zip(starts, blocks, strict=True)):
            np.matmul(rows[:, start : start + seen], block, out=into[:, number * COLUMNS : (number + 1) * COLUMNS])
    return made


def _rounded(sums: Floats) -> Floats:
    """Bytes of sums of whole weights."""
    made: Floats = np.floor(sums * (1 / (1 << BITS)) + 0.5).clip(0, 255)
    return made


@attrs.frozen(eq=False)
class _Weights:
    """How much each pixel of a row counts for each of ``side`` that are made.

    Attributes:
        places: ``(side, k)`` the pixels that count.
        whole: ``(side, k)`` what they count for, in whole numbers.
        starts: The first of m pixels, for each block of what is made.
        blocks: ``(side / COLUMNS, m, COLUMNS)`` what each of these counts for, in whole numbers.
        shares: The same as shares of 1.
        error: The most by which a sum of shares of bytes is off in float32, whatever the order of summation.
    """

    places: npt.NDArray[np.int64]
    whole: Floats
    starts: list[int]
    blocks: Floats
    shares: npt.NDArray[np.float32]
    error: float


@lru_cache(maxsize=64)
def _weights(size: int, side: int) -> _Weights:
    """As Pillow computes them for so many pixels."""
    scale = size / side
    stretch = max(scale, 1.0)
    centres = (np.arange(side) + 0.5) * scale
    firsts = np.trunc(centres - SUPPORT * stretch + 0.5).clip(0, None).astype(np.int64)
    lasts = np.trunc(centres + SUPPORT * stretch + 0.5).clip(None, size).astype(np.int64)
    places = firsts[:, None] + np.arange((lasts - firsts).max())
    distances = (places - centres[:, None] + 0.5) * (1 / stretch)
    counts = (np.abs(distances) < SUPPORT) & (places < lasts[:, None])
    found = np.where(counts, np.sinc(distances) * np.sinc(distances / SUPPORT), 0.0)
    found *= 1 / found.cumsum(axis=1)[:, -1:]  # one after the other, as Pillow sums them up
    found = np.trunc(found * (1 << BITS) + np.where(found < 0, -0.5, 0.5))
    seen = (lasts[COLUMNS - 1 :: COLUMNS] - firsts[::COLUMNS]).max()
    starts = np.minimum(firsts[::COLUMNS], size - seen)
    block, column = np.divmod(np.arange(side)[:, None], COLUMNS)
    blocks = np.zeros((len(starts), seen + places.shape[1], COLUMNS))
    blocks[block, places - starts[block], column] = found
    blocks = np.ascontiguousarray(blocks[:, :seen])
    shares = (blocks / (1 << BITS)).astype(np.float32)  # exact: no weight has more than 24 bits
    highest = 255 * float(np.abs(found).sum(axis=1).max()) / (1 << BITS)
    error = (places.shape[1] + 2) * highest * 2.0**-24  # a product and a sum each are rounded to 24 bits
    return _Weights(places.clip(None, size - 1), found, starts.tolist(), blocks, shares, error)
