"""Small squares out of grey images by Pillow's Lanczos filter: the same bytes, by products of matrices.

Pillow weighs pixels with whole numbers of 22 bits, along the rows first, rounds to bytes, and does the same along the
columns. Products of such numbers and bytes, and their sums, are exact in float64, whatever their order; so they are
made by matrix products, which take half the time where an image becomes many times smaller.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

#: Bits of a weight behind the point, and pixels on either side that have one, of what is to be made.
BITS, SUPPORT = 22, 3
#: Columns that are made at a time: enough for a fast product, and few enough that most weights in it aren't 0.
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
    weights, firsts, lasts = _weights(width, side)
    across = np.empty((height, side))
    widest = max(last - first for first, last in zip(firsts[::COLUMNS], lasts[COLUMNS - 1 :: COLUMNS], strict=True))
    step = max(1, AT_A_TIME // (widest * COLUMNS))
    for top in range(0, height, step):
        rows = pixels[top : top + step].astype(np.float64)
        for start in range(0, side, COLUMNS):
            made = slice(start, start + COLUMNS)
            seen = slice(firsts[start], lasts[made][-1])
            np.matmul(rows[:, seen], weights[seen, made], out=across[top : top + step, made])
    down = _weights(height, side)[0]
    return _bytes(down.T @ _bytes(across))


def _bytes(sums: Floats) -> Floats:
    """Rounded and cut off, in place."""
    sums += 1 << (BITS - 1)
    sums *= 1 / (1 << BITS)
    np.floor(sums, out=sums)
    return sums.clip(0, 255, out=sums)


@lru_cache(maxsize=16)
def _weights(size: int, side: int) -> tuple[Floats, list[int], list[int]]:
    """``(size, side)`` whole weights of each pixel for each that is made; the first and behind the last that count."""
    scale = size / side
    stretch = max(scale, 1.0)
    centres = (np.arange(side) + 0.5) * scale
    firsts = np.trunc(centres - SUPPORT * stretch + 0.5).clip(0, None).astype(np.int64)
    lasts = np.trunc(centres + SUPPORT * stretch + 0.5).clip(None, size).astype(np.int64)
    places = firsts[:, None] + np.arange((lasts - firsts).max())
    distances = (places - centres[:, None] + 0.5) * (1 / stretch)
    found = np.where(np.abs(distances) < SUPPORT, np.sinc(distances) * np.sinc(distances / SUPPORT), 0.0)
    found[places >= lasts[:, None]] = 0
    found *= 1 / found.cumsum(axis=1)[:, -1:]  # one after the other, as Pillow sums them up
    found = np.trunc(found * (1 << BITS) + np.where(found < 0, -0.5, 0.5))
    weights = np.zeros((size, side))
    row, column = np.nonzero(places < lasts[:, None])
    weights[places[row, column], row] = found[row, column]
    weights.flags.writeable = False
    return weights, firsts.tolist(), lasts.tolist()
