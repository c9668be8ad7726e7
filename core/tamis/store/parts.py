"""Vectors on disk: immutable ``.npy`` files, each whole or not there, and known to the ledger by its checksum."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@attrs.frozen
class Part:
    """A file of vectors that is whole, and not yet known to the ledger.

    Attributes:
        path: Where it is.
        checksum: Of its content.
        rows: How many vectors it holds.
    """

    path: Path
    checksum: int
    rows: int


_BLOCK = 1 << 20


def write_part(path: Path, vectors: Vectors) -> int:
    """Write a file and see that it is on the disk; return its checksum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)  # of a run that was killed
    try:
        with temporary.open("xb") as file:
            np.save(file, vectors, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        checksum = _checksum(temporary)
        temporary.replace(path)
    except BaseException:  # such as a disk that is full, where it would be in the way
        temporary.unlink(missing_ok=True)
        raise
    _keep_name(path)
    return checksum


def adopt_part(part: Part, path: Path) -> int:
    """Move a file that somebody else has written to its place, and see that it stays; return its checksum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part.path.replace(path)
    _keep_name(path)
    return part.checksum


def _keep_name(path: Path) -> None:
    """See that a new name is on the disk, too."""
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_part(path: Path, checksum: int) -> Vectors:
    """The vectors of a file.

    Raises:
        ValueError: it is not as it was written.
        OSError: it can't be read.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is no plain file")
    if _checksum(path) != checksum:
        raise ValueError("its checksum is another")
    try:
        vectors: Vectors = np.lib.format.open_memmap(path, mode="r")
    except (OSError, MemoryError):
        raise
    except Exception as error:  # NumPy parses the header as Python, and lets that complain in its own ways
        raise ValueError("it is no array") from error
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise ValueError(f"it is an array of {vectors.dtype} and shape {vectors.shape}")
    return vectors


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            checksum = zlib.crc32(block, checksum)
    return checksum
