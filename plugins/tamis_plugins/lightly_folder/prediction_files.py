"""Reading ``.lightly/predictions/<task>``: one JSON file for each image, at its mirrored path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tamis import Predictions, PredictionsBuilder, Report, TaskSchema
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.sidecar import (
    collisions,
    is_of,
    orphans,
    other_paths,
    read_first,
    sidecar_path,
)

#: Samples, and bytes of their files, that are read before their objects are laid out.
BATCH, BYTES = 512, 8 << 20


class BadFileError(Exception):
    """Why a sample's file can't be used."""


def read_predictions(folder: Path, schema: TaskSchema, samples: Sequence[str], report: Report) -> Predictions:
    """Read the predictions of a task, each file once. They are still to be fitted to their images.

    Args:
        folder: The task's folder.
        schema: Its schema.
        samples: Names of the samples.
        report: Called after every batch.
    """
    builder = PredictionsBuilder(schema, len(samples))
    builder.reasons |= collisions(samples)
    others = other_paths(samples)
    for start in range(0, len(samples), BATCH):
        report(start, len(samples))
        loaded: dict[int, list[Any]] = {}
        read = 0
        for row in range(start, min(start + BATCH, len(samples))):
            if row in builder.reasons:
                continue
            try:
                sample = samples[row]
                objects, size = _load(folder, (sidecar_path(sample), *others.get(sample, ())), sample)
            except BadFileError as error:
                builder.reasons[row] = str(error)
            else:
                if objects is not None:
                    loaded[row] = objects
                    read += size
            if read > BYTES:  # parsed, they are many times as large
                builder.add(loaded)
                loaded, read = {}, 0
        builder.add(loaded)
    return builder.build(orphans(folder, samples), str(folder))


def _load(folder: Path, paths: Sequence[str], sample: str) -> tuple[list[Any] | None, int]:
    """The objects of the file at one of these paths, unchecked, and its size; None if there is none.

    Raises `BadFileError`.
    """
    if (found := read_first(folder, paths, BadFileError)) is None:
        return None, 0
    data = parsed(found[1], BadFileError)
    if not isinstance(data, dict) or not isinstance(data.get("predictions"), list):
        raise BadFileError("not an object with a list of predictions")
    if not is_of(data.get("file_name", sample), sample):
        raise BadFileError(f"its file_name is {data['file_name']!r}")
    objects: list[Any] = data["predictions"]
    return objects, len(found[1])
