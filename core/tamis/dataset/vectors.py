"""Vectors that come from outside: checked before anything relies on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.errors import DatasetError

#: Rows looked at at a time, so that what is made of them stays small.
_ROWS = 65_536


def checked(names: Sequence[str], vectors: Any, *, normalize: bool) -> npt.NDArray[np.float32]:
    """``(n, d)`` float32, read-only: vectors by name. Raises `DatasetError`."""
    with np.errstate(over="ignore"):
        array = np.asarray(vectors)
        if array.ndim != 2 or not array.shape[1] or array.dtype.kind not in "iuf":
            raise DatasetError(f"vectors are {array.dtype} of shape {array.shape}, not (n, d) numbers")
        found: npt.NDArray[np.float32] = array.astype(np.float32, copy=False).view()
    if len(found) != len(names):
        raise DatasetError(f"{len(names)} names for {len(found)} vectors")
    for rows in blocks(len(found)):
        if len(bad := np.flatnonzero(~np.isfinite(found[rows]).all(axis=1))):
            raise DatasetError(f"the vector of {names[rows.start + bad[0]]!r} has a number that is not finite")
    if normalize:
        found, directed = unit(found)
        if len(zero := np.flatnonzero(~directed)):
            raise DatasetError(f"the vector of {names[zero[0]]!r} is zero, and can't be scaled to unit length")
    found.flags.writeable = False
    return found


def unit(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The vectors scaled to length 1, and which of them could be: all but those that are zero, which stay so."""
    scaled = np.empty(vectors.shape, dtype=np.float32)
    directed = np.empty(len(vectors), dtype=bool)
    for rows in blocks(len(vectors)):
        part = vectors[rows].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", part, part))
        directed[rows] = lengths > 0
        scaled[rows] = part / np.where(lengths > 0, lengths, 1)[:, None]
    return scaled, directed


def blocks(rows: int) -> Iterator[slice]:
    """Consecutive slices of so many rows."""
    for start in range(0, rows, _ROWS):
        yield slice(start, min(start + _ROWS, rows))
