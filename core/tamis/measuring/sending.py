"""Vectors that don't travel with what else came of a batch: the worker writes them where the run's store is."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import numpy as np

from tamis.errors import RunError
from tamis.measuring.batch import Measured
from tamis.measuring.result import Result
from tamis.store.parts import Part, read_part, write_part


def leave(measured: Measured, folder: Path | None) -> Measured:
    """Write the vectors of a batch to files of a folder, and have none travel but their number.

    A folder that isn't seen from here, or can't be written to, as on a disk that is full, is no fault: they travel.

    Args:
        measured: What came of the batch; changed.
        folder: One that the run has made, under a name that nobody has had before.
    """
    if folder is None or not folder.is_dir():
        return measured
    for name in dict.fromkeys(name for result in measured.results for name in result.vectors):
        having = _having(measured.results, name)
        vectors = np.concatenate([result.vectors[name][0] for result in having])
        if not len(vectors):
            continue
        path = folder / f"{uuid4().hex}.npy"
        try:
            measured.parts[name] = Part(path, write_part(path, vectors), len(vectors))
        except OSError:
            continue
        none = {count: np.empty((count, 0), np.float32) for count in {len(r.vectors[name][0]) for r in having}}
        for result in having:
            found, dropped = result.vectors[name]
            result.vectors[name] = none[len(found)], dropped
    return measured


def take(measured: Measured) -> None:
    """Put the vectors of a batch back.

    Raises:
        RunError: they can't be read, or are not those that were written.
    """
    for name, part in measured.parts.items():
        try:
            vectors = np.array(read_part(part.path, part.checksum))
        except (ValueError, OSError) as error:
            raise RunError(
                f"vectors that a worker has written to {str(part.path)!r} can't be had from there ({error}): have the "
                "store where all see the same, or where the workers don't see it; what was stored before is kept"
            ) from error
        start = 0
        for result in _having(measured.results, name):
            found, dropped = result.vectors[name]
            result.vectors[name] = vectors[start : start + len(found)], dropped
            start += len(found)


def _having(results: list[Result], name: str) -> list[Result]:
    return [result for result in results if name in result.vectors]
