"""Vectors that come from outside: checked before anything relies on them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.memory import Memory

#: Rows looked at at a time, so that what is made of them stays small.
_ROWS = 65_536
#: Lengths that differ from 1 by no more than this are 1 but for the rounding of float32.
_ROUNDING = 1e-6

#: Float32, or float16 where that is what they are kept in.
Floats = npt.NDArray[np.floating]


@attrs.frozen(eq=False)
class Vectors:
    """Vectors that were made elsewhere, found by the names of the samples.

    Attributes:
        values: ``(n, d)`` float32 or float16, finite where valid: a row for each sample in the order asked for.
        valid: ``(n,)`` bool: which samples have a vector.
        reasons: Why a sample has none, by row, where there is more to say than that it hasn't.
        excluded: ``(n,)`` bool: samples that take no part at all, neither picked nor compared with.
        preselected: ``(n,)`` bool: samples that count as picked already.
        notes: What the user should know, such as vectors that belong to no sample.
        files: What they were read from; the manifest of a run says which files these were, and when they were changed.
    """

    values: Floats
    valid: npt.NDArray[np.bool_]
    reasons: Mapping[int, str] = attrs.field(factory=dict, kw_only=True)
    excluded: npt.NDArray[np.bool_] | None = attrs.field(default=None, kw_only=True)
    preselected: npt.NDArray[np.bool_] | None = attrs.field(default=None, kw_only=True)
    notes: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    files: tuple[str | os.PathLike[str], ...] = attrs.field(default=(), kw_only=True)


def checked(names: Sequence[str], vectors: Any, *, normalize: bool) -> Floats:
    """``(n, d)`` float32, or float16 if they are that; read-only: the vectors of these names. Raises `ValueError`."""
    if np.ma.is_masked(vectors):
        places = np.count_nonzero(np.ma.getmaskarray(vectors))
        raise ValueError(f"vectors are masked in {places} places: leave those samples out, or fill them")
    with np.errstate(over="ignore"):
        array = np.asarray(vectors)
        if array.ndim != 2 or not array.shape[1] or array.dtype.kind not in "iuf":
            raise ValueError(f"vectors are {array.dtype} of shape {array.shape}, not (n, d) numbers")
        found: Floats = (array if array.dtype == np.float16 else array.astype(np.float32, copy=False)).view()
    if len(found) != len(names):
        raise ValueError(f"{len(names)} names for {len(found)} vectors")
    for rows in blocks(len(found)):
        if len(bad := np.flatnonzero(~np.isfinite(found[rows]).all(axis=1))):
            check_fits(names[rows.start + bad[0]], array[rows.start + bad[0]])
            raise ValueError(f"the vector of {names[rows.start + bad[0]]!r} has a number that is not finite")
        if array.dtype == np.float64:
            _check_left(names[rows], array[rows], found[rows])
    if normalize:
        found, directed = unit(found)
        found = found.view()
        if len(zero := np.flatnonzero(~directed)):
            raise ValueError(f"the vector of {names[zero[0]]!r} is zero, and can't be scaled to unit length")
    found.flags.writeable = False
    return found


def check_fits(name: str, vector: npt.NDArray[Any]) -> None:
    """Raise `ValueError` if a vector has a number that is finite, and float32 can't hold it."""
    if len(large := vector[np.isfinite(vector) & (np.abs(vector) > np.finfo(np.float32).max)]):
        raise ValueError(
            f"the vector of {name!r} has the number {large[0]:g}, too large for float32: divide all vectors by a number"
        )


def _check_left(names: Sequence[str], vectors: Floats, found: Floats) -> None:
    """Raise `ValueError` if nothing is left in float32 of a vector that isn't zero."""
    zero = np.flatnonzero(~found.any(axis=1))
    if len(small := zero[vectors[zero].any(axis=1)]):
        largest = np.abs(vectors[small[0]]).max()
        raise ValueError(
            f"the vector of {names[small[0]]!r} has no number above {largest:g}, too small for float32: multiply all "
            "vectors by a number"
        )


def unit(vectors: Floats, memory: Memory | None = None) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The vectors scaled to length 1, and which of them could be: all but those that are zero, which stay so.

    Those whose length is 1 but for rounding stay as they are; if all are, they aren't copied.
    """
    lengths = np.empty(len(vectors))
    for rows in blocks(len(vectors)):
        part = vectors[rows].astype(np.float64)
        lengths[rows] = np.sqrt(np.einsum("ij,ij->i", part, part))
    directed = lengths > 0
    lengths[~directed | (np.abs(lengths - 1) <= _ROUNDING)] = 1
    if (lengths == 1).all():
        return vectors, directed
    scaled = (memory or Memory()).empty(vectors.shape, np.float32)
    for rows in blocks(len(vectors)):
        np.divide(vectors[rows], lengths[rows, None], out=scaled[rows], casting="same_kind", dtype=np.float64)
    return scaled, directed


def blocks(rows: int) -> Iterator[slice]:
    """Consecutive slices of so many rows."""
    for start in range(0, rows, _ROWS):
        yield slice(start, min(start + _ROWS, rows))
