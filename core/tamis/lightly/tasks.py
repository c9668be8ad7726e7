"""Prediction tasks: what a ``.lightly/predictions`` folder says it holds, read before any prediction is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

from tamis.data.task_schema import TASK_TYPES, TaskSchema, TaskType, is_task_name
from tamis.errors import PredictionError
from tamis.lightly.sidecar import read_bytes
from tamis.suggestion import did_you_mean


def task_names(predictions: Path, *, missing_ok: bool = False) -> tuple[str, ...]:
    """The tasks that ``tasks.json`` lists; other folders are not tasks. None if it may be missing, and is.

    Raises:
        PredictionError: it's missing, can't be read, or is no list of task names.
    """
    path = predictions / "tasks.json"
    names = _read(path, [] if missing_ok else None)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PredictionError(f"{path}: not a list of task names")
    for name in names:
        if not is_task_name(name):
            raise PredictionError(f"{path}: {name!r} can't be the name of a task")
    return tuple(names)


def read_schema(predictions: Path, name: str) -> TaskSchema:
    """The ``schema.json`` of a task that is listed.

    Raises:
        PredictionError: the task isn't listed, or its schema is missing or wrong.
    """
    if name not in (names := task_names(predictions)):
        raise PredictionError(f"no task '{name}' in {predictions / 'tasks.json'}{did_you_mean(name, names)}")
    path = predictions / name / "schema.json"
    data = _read(path)
    if not isinstance(data, dict):
        raise PredictionError(f"{path}: not an object")
    task_type, categories = data.get("task_type"), data.get("categories")
    if task_type not in TASK_TYPES:
        raise PredictionError(f"{path}: task_type is {task_type!r}, not one of {', '.join(TASK_TYPES)}")
    if not isinstance(categories, list) or not categories:
        raise PredictionError(f"{path}: categories is not a list of at least one")
    ids, names_ = [], []
    for number, category in enumerate(categories):
        id_, label = (category.get(key) if isinstance(category, dict) else None for key in ("id", "name"))
        if not isinstance(id_, int) or isinstance(id_, bool) or id_ < 0:
            raise PredictionError(f"{path}: categories[{number}].id is {id_!r}, not an integer from 0")
        if not isinstance(label, str) or not label:
            raise PredictionError(f"{path}: categories[{number}].name is {label!r}, not a name")
        ids.append(id_)
        names_.append(label)
    for what, values in (("id", Counter(ids)), ("name", Counter(names_))):
        for value, count in values.items():
            if count > 1:
                raise PredictionError(f"{path}: {count} categories have the {what} {value!r}")
    return TaskSchema(name, cast(TaskType, task_type), tuple(ids), tuple(names_))


def _read(path: Path, default: Any = None) -> Any:
    """The content of a JSON file; of a missing one the default, or an error if there is none."""
    content = read_bytes(path, PredictionError)
    if content is None:
        if default is not None:
            return default
        raise PredictionError(f"{path} is missing")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise PredictionError(f"{path}: not JSON: {error}") from error
