"""Prediction tasks: what a ``.lightly/predictions`` folder says it holds, read before any prediction is."""

from __future__ import annotations

from typing import Any

from tamis import TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.sidecar import read_bytes

#: The folder of the tasks in ``.lightly``, and the file that lists them.
PREDICTIONS, LISTED = "predictions", "predictions/tasks.json"


def task_names(tree: Tree) -> tuple[str, ...]:
    """The tasks that ``tasks.json`` lists; other folders are not tasks. None if there is no such file.

    Raises:
        PredictionError: it can't be read, or is no list of task names.
    """
    path = tree.shown(LISTED)
    names = _read(tree, LISTED, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PredictionError(f"{path}: not a list of task names")
    for name in names:
        if not TaskSchema.is_name(name):
            raise PredictionError(f"{path}: {name!r} can't be the name of a task")
    return tuple(names)


def read_schema(tree: Tree, name: str) -> TaskSchema:
    """The ``schema.json`` of a task that is listed.

    Raises:
        PredictionError: its schema is missing or wrong.
    """
    file = f"{PREDICTIONS}/{name}/schema.json"
    path, data = tree.shown(file), _read(tree, file)
    if not isinstance(data, dict):
        raise PredictionError(f"{path}: not an object")
    try:
        return TaskSchema.of(name, data)
    except ValueError as error:
        raise PredictionError(f"{path}: {error}") from error


def _read(tree: Tree, path: str, default: Any = None) -> Any:
    """The content of a JSON file; of a missing one the default, or an error if there is none."""
    content = read_bytes(tree, path, PredictionError)
    if content is None:
        if default is not None:
            return default
        raise PredictionError(f"{tree.shown(path)} is missing")
    return parsed(content, PredictionError, tree.shown(path))
