"""COCO's run lengths, column by column, as those of tamis, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Pixels of a mask where the size of its image isn't known: more than images have that are decoded by default.
MOST = 1 << 28


def runs_of(rle: Any, size: tuple[int, int] | None = None) -> tuple[list[int], list[float] | None]:
    """The run lengths of a mask, of zeros and ones in turn, row by row, and the box around it; None if it's empty.

    Args:
        rle: ``{"size": [height, width], "counts": ...}``, with a list of counts or a text.
        size: Width and height of the image, if they are known: a mask has no more pixels.

    Raises:
        ValueError: it is none.
    """
    height, width = _size(rle)
    if height * width > (most := size[0] * size[1] if size else MOST):
        limit = f"{most} of the image" if size else "any image"
        raise ValueError(f"its run lengths are of {width} x {height} pixels, more than {limit}")
    counts = rle["counts"]
    columns = _decoded(counts) if isinstance(counts, (str, bytes)) else np.array(counts, dtype=np.int64)
    if columns.ndim != 1 or (columns < 0).any() or (columns > height * width).any() or columns.sum() != height * width:
        raise ValueError(f"its run lengths are not of {width} x {height} pixels")
    values = np.arange(len(columns), dtype=np.int8) & 1
    mask = np.repeat(values, columns).reshape(width, height).T
    flat = np.concatenate([[0], mask.reshape(-1), [0]])
    borders = np.flatnonzero(np.diff(flat))
    ends = [mask.size] if not len(borders) or borders[-1] < mask.size else []
    runs = np.diff(np.concatenate([[0], borders, ends]).astype(np.int64))
    if not len(borders):
        return runs.tolist(), None
    rows, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [across[0], rows[0], across[-1] - across[0] + 1, rows[-1] - rows[0] + 1]
    return runs.tolist(), [float(number) for number in box]


def _size(rle: Any) -> tuple[int, int]:
    size = rle.get("size") if isinstance(rle, dict) and "counts" in rle else None
    if not isinstance(size, list) or len(size) != 2 or not all(type(side) is int and 0 < side < 2**31 for side in size):
        raise ValueError("it is neither polygons nor run lengths with counts and size")
    return size[0], size[1]


def _decoded(text: str | bytes) -> Ints:
    """Counts from a text: five bits in each letter, the lowest first, and from the fourth on differences by two."""
    letters = np.frombuffer(text.encode() if isinstance(text, str) else text, dtype=np.uint8).astype(np.int64) - 48
    if ((letters < 0) | (letters > 63)).any() or (len(letters) and letters[-1] & 32):
        raise ValueError("its counts are no run lengths")
    last = np.flatnonzero(letters & 32 == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    lengths = last - first + 1
    if (lengths > 12).any():
        raise ValueError("its counts are no run lengths")
    place = np.arange(len(letters)) - np.repeat(first, lengths)
    counts = np.zeros(len(last), dtype=np.int64)
    if len(last):
        counts = np.add.reduceat((letters & 31) << (5 * place), first)
        counts -= np.where(letters[last] & 16, np.int64(1) << (5 * lengths), 0)
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts
