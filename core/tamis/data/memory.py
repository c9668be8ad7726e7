"""Memory for arrays that grow with the dataset: up to a bound, and beyond it temporary files that are mapped."""

from __future__ import annotations

import math
import os
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import suppress
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.errors import RunError

#: Smaller arrays are always in memory, and don't count.
SMALL = 1 << 20
#: Bytes copied at a time.
_PART = 1 << 25


class Memory:
    """Where a run's large arrays are: in memory as long as they fit into its bound, and then in temporary files.

    The files are mapped, so that they look like any array; the system keeps in memory what is used of them and there is
    room for. They are in the system's folder for such (``TMPDIR``) and have no name there, where the system allows it:
    nothing is left of them when the process ends, whichever way.

    Args:
        bound: Bytes that these arrays may take together; None for no bound. In another process, to which this has been
            sent, as many again.
    """

    def __init__(self, bound: int | None = None) -> None:
        self.bound = bound
        self._left = math.inf if bound is None else max(bound, 0)
        self._lock = RLock()  # what frees an array may be called at any moment

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.bound,)

    def empty(self, shape: int | Sequence[int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """An array whose numbers may be anything, as of `numpy.empty`.

        Raises:
            RunError: it takes a temporary file, and there is no room for that.
        """
        shape, dtype = (shape,) if isinstance(shape, int) else tuple(shape), np.dtype(dtype)
        size = math.prod(shape) * dtype.itemsize
        if size < SMALL:
            return np.empty(shape, dtype)
        with self._lock:
            if fits := size <= self._left:
                self._left -= size
        if not fits:
            return _mapped(shape, dtype, size)
        array = np.empty(shape, dtype)
        weakref.finalize(array, self._free, size)
        return array

    def take(self, array: npt.NDArray[Any], rows: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        """These rows of an array: a view of it where they follow each other, otherwise a copy.

        Raises:
            RunError: as for `empty`.
        """
        if len(rows) and rows[0] >= 0 and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return array[rows[0] : rows[-1] + 1]
        taken = self.empty((len(rows), *array.shape[1:]), array.dtype)
        step = max(1, _PART // max(1, array.itemsize * math.prod(array.shape[1:])))
        for start in range(0, len(rows), step):
            taken[start : start + step] = array[rows[start : start + step]]
        return taken

    def _free(self, size: int) -> None:
        with self._lock:
            self._left += size


def _mapped(shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> npt.NDArray[Any]:
    """An array in a temporary file."""
    try:
        with tempfile.TemporaryFile(prefix="tamis-") as file:
            if hasattr(os, "posix_fallocate"):  # a page that there is no room for, once it is written, ends the process
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            return np.memmap(file, dtype=dtype, mode="r+", shape=shape)
    except OSError as error:
        with suppress(OSError):
            where = f" in {tempfile.gettempdir()!r}"
        raise RunError(
            f"the memory bound leaves no room for {size / 1e9:.1f} GB, and there is none{where} either "
            f"({error.strerror or error}): name another folder by the variable TMPDIR, or allow more memory"
        ) from error
