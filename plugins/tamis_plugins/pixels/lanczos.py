"""Small squares out of grey images by Pillow's Lanczos filter: the same bytes, by products of matrices.

Pillow weighs pixels with whole numbers of 22 bits, along the rows first, rounds to bytes, and does the same along the
columns. Products of such numbers and bytes, and their sums, are exact in float64, whatever their order; so they are
made by matrix products, which take half the time where an image becomes many times smaller.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

#: Bits of a weight behind the point, and pixels on either side that have one, of what is to be made.
BITS, SUPPORT = 22, 3
#: Columns that are made at a time, into which sides divide: enough for a fast product, and few enough that most weights
#: in it aren't 0.
COLUMNS = 8
#: Columns below which it isn't worth it, and rows for each column above which Pillow 13 may begin with the columns, and
#: round elsewhere.
NARROW, TALL = 128, 1.5
#: Multiplications at a time: so few that no library of matrix products starts threads for them.
AT_A_TIME = 1 << 18

Floats = npt.NDArray[np.float64]


def square(gray_image: Image.Image, side: int) -> Floats:
    """``(side, side)`` whole numbers from 0 to 255: what ``gray_image.resize((side, side), LANCZOS)`` has."""
    width, height = gray_image.size
    if width < NARROW or height > TALL * width:
        return np.asarray(gray_image.resize((side, side), Image.Resampling.LANCZOS), dtype=np.float64)
    pixels = np.frombuffer(gray_image.tobytes(), np.uint8).reshape(height, width)
    return np.ascontiguousarray(_along_rows(_along_rows(pixels, side).T, side).T)


def _along_rows(pixels: npt.NDArray[Any], side: int) -> Floats:
    """``(h, side)`` of ``(h, w)``, rounded and cut off."""
    blocks, starts = _weights(pixels.shape[1], side)
    seen = blocks.shape[1]
    made = np.empty((len(pixels), side))
    step = max(1, AT_A_TIME // (seen * COLUMNS))
    for top in range(0, len(pixels), step):
        rows, into = pixels[top : top + step].astype(np.float64, copy=False), made[top : top + step]
        for column, start, block in zip(range(0, side, COLUMNS), starts, blocks, strict=True):
            np.matmul(rows[:, start : start + seen], block, out=into[:, column : column + COLUMNS])
    made += 1 << (BITS - 1)
    made *= 1 / (1 << BITS)
    np.floor(made, out=made)
    return made.clip(0, 255, out=made)


@lru_cache(maxsize=64)
def _weights(size: int, side: int) -> tuple[Floats, list[int]]:
    """``(side / COLUMNS, n, COLUMNS)`` whole weights of n pixels; the first of these pixels, for each block."""
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
    blocks = blocks[:, :seen]
    blocks.flags.writeable = False
    return blocks, starts.tolist()
