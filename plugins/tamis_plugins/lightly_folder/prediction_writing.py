"""Writing predictions as a ``.lightly/predictions`` folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Predictions
from tamis.errors import OutputError, PredictionError
from tamis_plugins.anywhere.tree import LocalTree
from tamis_plugins.lightly_folder.sidecar import collisions, sidecar_path
from tamis_plugins.lightly_folder.tasks import task_names


def write_task(lightly: str | os.PathLike[str], samples: Sequence[str], predictions: Predictions) -> Path:
    """Write the predictions of a task below ``<lightly>/.lightly/predictions``, and list the task there.

    Samples whose prediction is invalid get no file.

    Args:
        lightly: The folder that holds ``.lightly/``, or will.
        samples: Names of the samples, in the order of the predictions.
        predictions: Of one task.

    Returns:
        The folder of the task.

    Raises:
        OutputError: the task is there already, two samples would share a file, or something can't be written; nothing
            was changed.
    """
    schema = predictions.schema
    if len(samples) != len(predictions):
        raise OutputError(f"{len(samples)} names for the predictions of {len(predictions)} samples")
    if shared := collisions(samples):
        raise OutputError(next(iter(shared.values())))
    for sample in samples:
        if sample.startswith("/") or ".." in sample.split("/") or "\0" in sample:
            raise OutputError(f"{sample!r} is not a path inside a folder")
    final = new_task_folder(lightly, schema.name)
    folder = Path(lightly) / ".lightly" / "predictions"
    temporary = folder / f".{secrets.token_hex(4)}.tmp"
    try:
        listed = task_names(LocalTree(str(folder.parent)))
    except PredictionError as error:
        raise OutputError(str(error)) from error
    given = np.cumsum(predictions.has_probabilities) - 1
    categories = zip(schema.category_ids, schema.category_names, strict=True)
    try:
        _write(
            temporary / "schema.json",
            {"task_type": schema.task_type, "categories": [{"id": id_, "name": name} for id_, name in categories]},
        )
        for row, sample in enumerate(samples):
            if predictions.present[row] and row not in predictions.reasons:
                objects = range(*predictions.offsets[row : row + 2].tolist())
                content = {
                    "file_name": sample,
                    "predictions": [_object(predictions, number, given) for number in objects],
                }
                _write(temporary / sidecar_path(sample), content)
        final.parent.mkdir(parents=True, exist_ok=True)
        _write(temporary.with_suffix(".json"), [*(name for name in listed if name != schema.name), schema.name])
        temporary.rename(final)
        temporary.with_suffix(".json").replace(folder / "tasks.json")
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):
            temporary.with_suffix(".json").unlink(missing_ok=True)
        if isinstance(error, (OSError, ValueError)):
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"can't write {str(getattr(error, 'filename', None) or final)!r}: {reason}") from error
        raise
    return final


def new_task_folder(lightly: str | os.PathLike[str], name: str) -> Path:
    """Where the predictions of a task go. Raises `OutputError` if there is something already."""
    folder = Path(lightly) / ".lightly" / "predictions" / name
    if os.path.lexists(folder):
        raise OutputError(f"{str(folder)!r} exists already: remove it, or give the task another name")
    return folder


def _object(predictions: Predictions, number: int, given: npt.NDArray[np.int64]) -> dict[str, Any]:
    """One object as its file has it. ``given`` are positions in the class vectors."""
    found: dict[str, Any] = {"category_id": predictions.schema.category_ids[predictions.categories[number]]}
    if predictions.scores[number] == predictions.scores[number]:
        found["score"] = float(predictions.scores[number])
    if predictions.has_probabilities[number]:
        found["probabilities"] = predictions.probabilities[given[number]].tolist()
    if predictions.boxes[number, 0] == predictions.boxes[number, 0]:
        found["bbox"] = predictions.boxes[number].tolist()
    if predictions.schema.task_type == "keypoint-detection":
        start, stop = predictions.keypoint_offsets[number : number + 2]
        found["keypoints"] = predictions.keypoints[start:stop].reshape(-1).tolist()
    if "segmentation" in predictions.schema.task_type:
        start, stop = predictions.run_offsets[number : number + 2]
        found["segmentation"] = predictions.runs[start:stop].tolist()
    return found


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
