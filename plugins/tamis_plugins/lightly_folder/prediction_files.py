"""Reading ``.lightly/predictions/<task>``: one JSON file for each image, at its mirrored path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tamis import Predictions, PredictionsBuilder, Report, TaskSchema
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.sidecar import (
    collisions,
    is_of,
    orphans,
    other_paths,
    sidecar_path,
    sidecars,
)

#: Samples, and bytes of their files, that are read before their objects are laid out.
BATCH, BYTES = 512, 8 << 20


class BadFileError(Exception):
    """Why a sample's file can't be used."""


def read_predictions(
    tree: Tree, folder: str, schema: TaskSchema, samples: Sequence[str], report: Report
) -> Predictions:
    """Read the predictions of a task, each file once. They are still to be fitted to their images.

    Args:
        tree: ``.lightly``.
        folder: The task's folder in it.
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
        rows = [row for row in range(start, min(start + BATCH, len(samples))) if row not in builder.reasons]
        paths = [(sidecar_path(samples[row]), *others.get(samples[row], ())) for row in rows]
        for row, file in zip(rows, sidecars(tree, folder, paths), strict=True):
            if file is None:
                continue
            try:
                content = file.data(BadFileError)
                loaded[row] = _objects(content, samples[row])
                read += len(content)
            except BadFileError as error:
                builder.reasons[row] = str(error)
            if read > BYTES:  # parsed, they are many times as large
                builder.add(loaded)
                loaded, read = {}, 0
        builder.add(loaded)
    return builder.build(orphans(tree, folder, samples), tree.shown(folder))


def _objects(content: bytes, sample: str) -> list[Any]:
    """The objects of a file, unchecked. Raises `BadFileError`."""
    data = parsed(content, BadFileError)
    if not isinstance(data, dict) or not isinstance(data.get("predictions"), list):
        raise BadFileError("not an object with a list of predictions")
    if not is_of(data.get("file_name", sample), sample):
        raise BadFileError(f"its file_name is {data['file_name']!r}")
    objects: list[Any] = data["predictions"]
    return objects
