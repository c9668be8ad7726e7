"""Masks as pixels and as run lengths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def mask_of(runs: Ints, width: int, height: int) -> Mask:
    """``(height, width)`` pixels from run lengths of zeros and ones in turn, row by row, zeros first."""
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)


def runs_of(flat: Mask) -> list[int]:
    """The run lengths of pixels in a row, zeros first."""
    padded = np.concatenate([[False], flat])
    changes = np.flatnonzero(padded[1:] != padded[:-1])
    lengths: list[int] = np.diff(np.concatenate([[0], changes, [len(flat)]])).tolist()
    return lengths


def box_around(mask: Mask) -> tuple[float, float, float, float] | None:
    """x, y, width and height of the pixels that are set; None if none is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return (
        float(columns[0]),
        float(rows[0]),
        float(columns[-1] - columns[0] + 1),
        float(rows[-1] - rows[0] + 1),
    )
