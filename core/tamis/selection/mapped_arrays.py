"""Arrays that are mapped from a file travel to another process as the place where they are in it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.errors import RunError
from tamis.selection.mapped_files import CHANGED, NamedFiles, mapped_from

#: Smaller arrays travel as they are.
SMALL = 1 << 16
#: Rows written at a time.
ROWS = 1 << 12


class TooLargeError(Exception):
    """What is to travel has an array in memory that is too large for that."""


#: Writes an array to a file, row by row.
Keep = Callable[[npt.NDArray[Any]], Path]
#: What makes an array in another process, and of what.
Made = tuple[Callable[..., Any], tuple[Any, ...]]


def kept_in(folder: Path) -> Keep:
    """Writes arrays to a folder of nobody else's, each under a name of its own."""
    numbers = count()

    def keep(array: npt.NDArray[Any]) -> Path:
        path = folder / f"array-{next(numbers)}"
        try:
            with path.open("wb") as file:
                for start in range(0, len(array), ROWS):
                    file.write(array[start : start + ROWS].tobytes())
        except OSError as error:
            raise RunError(
                f"{path}: {error.strerror or error}; name a folder with room by the variable TMPDIR"
            ) from error
        return path

    return keep


def packed(value: Any, named: NamedFiles, most: float, keep: Keep | None = None) -> bytes:
    """The value pickled.

    Args:
        value: What travels.
        named: Which files can be mapped by their names.
        most: Bytes that its arrays may take that are not mapped from such a file.
        keep: Writes arrays to files that aren't in such a one, so that they take none.

    Raises:
        TooLargeError: they take more.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, named, most, keep).dump(value)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, named: NamedFiles, most: float, keep: Keep | None) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._named, self._left, self._keep = named, most, keep

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.nbytes < SMALL:
            return NotImplemented
        if (found := self._place(value)) is not None:
            return found
        if self._keep and not value.dtype.hasobject:
            return _mapping(str(self._keep(value)), value, 0)
        self._left -= value.nbytes
        if self._left < 0:
            raise TooLargeError
        return NotImplemented

    def _place(self, array: npt.NDArray[Any]) -> Made | None:
        """How to map it again, if it can be."""
        if not array.flags.c_contiguous or not (found := mapped_from(array)):
            return None
        path, root = found
        try:
            mapping = _mapping(path, array, root.offset + _address(array) - _address(root))
        except OSError:  # it has no name any more
            return None
        return mapping if self._named.have(root) else None


def _mapping(path: str, array: npt.NDArray[Any], offset: int) -> Made:
    """How to map an array that a file has, as the file is now."""
    return _mapped, (path, array.dtype.str, array.shape, offset, _stamp(path))


def _mapped(path: str, dtype: str, shape: tuple[int, ...], offset: int, stamp: tuple[int, int]) -> npt.NDArray[Any]:
    """The array. Raises `RunError` if the file isn't there, or is another."""
    try:
        if _stamp(path) != stamp:
            raise RunError(f"{path}: {CHANGED}")
        array = np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)
    except (OSError, ValueError) as error:
        raise RunError(
            f"a worker can't map {path!r}, which vectors are in: {error}; it must see the same files"
        ) from error
    return array.view(np.ndarray)


def _stamp(path: str) -> tuple[int, int]:
    """By which it is told whether a file is the same."""
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns


def _address(array: npt.NDArray[Any]) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
