"""Reading ``.lightly/predictions/<task>``: one JSON file for each image, at its mirrored path."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tamis.data.prediction_columns import BATCH, BadPredictionError, ObjectColumns
from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.lightly.sidecar import collisions, orphans, read_bytes, sidecar_path
from tamis.progress import Monitor


def read_predictions(folder: Path, schema: TaskSchema, samples: Sequence[str], monitor: Monitor) -> Predictions:
    """Read the predictions of a task, each file once. They are still to be fitted to their images.

    Args:
        folder: The task's folder.
        schema: Its schema.
        samples: Names of the samples.
        monitor: Checked after every batch.
    """
    columns = ObjectColumns(schema, len(samples))
    columns.reasons |= collisions(samples)
    for start in range(0, len(samples), BATCH):
        monitor.check()
        loaded: dict[int, list[Any]] = {}
        for row in range(start, min(start + BATCH, len(samples))):
            if row in columns.reasons:
                continue
            try:
                objects = _load(f"{folder}/{sidecar_path(samples[row])}", samples[row])
            except BadPredictionError as error:
                columns.reasons[row] = str(error)
            else:
                if objects is not None:
                    loaded[row] = objects
        columns.add(loaded)
    return columns.predictions(orphans(folder, samples))


def _load(path: str, sample: str) -> list[Any] | None:
    """The objects of a file, unchecked; None if there is no file. Raises `BadPredictionError`."""
    if (content := read_bytes(path, BadPredictionError)) is None:
        return None
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadPredictionError(f"not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("predictions"), list):
        raise BadPredictionError("not an object with a list of predictions")
    if data.get("file_name", sample) != sample:
        raise BadPredictionError(f"its file_name is {data['file_name']!r}")
    objects: list[Any] = data["predictions"]
    return objects
