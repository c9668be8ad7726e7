"""Tasks that are made from the images of a run: a task plugin, ready to predict."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from tamis.data.names import names
from tamis.data.task_schema import TaskSchema
from tamis.declarations.params import Params, own
from tamis.declarations.task import Task


@attrs.frozen(eq=False)
class Job:
    """A task plugin with its parameters, under the name that inputs use.

    Attributes:
        schema: What it predicts.
        task: The plugin's declaration.
        params: The parameters as given: with the task's name, all that a worker needs to make it anew.
        version: What the predictions depend on, beside the version of the plugin's distribution and ``params``.
        predict: Its function, with the options that it prepared filled in.
        needs: The views that the function takes.
    """

    schema: TaskSchema
    task: Task
    params: Params
    version: str
    predict: Callable[..., list[dict[str, Any]]]
    needs: tuple[str, ...]

    @classmethod
    def of(cls, name: str, task: Task, params: Params) -> Job:
        """Prepare it. Raises whatever the plugin does, `ParameterError` above all."""
        labels = names(task.categories(own(params)))
        if not labels or "" in labels or len(set(labels)) < len(labels) or set(map(type, labels)) != {str}:
            raise ValueError(f"categories are {labels!r}, not different names")
        schema = TaskSchema(name, task.task_type, tuple(range(len(labels))), labels)
        options = task.prepare(own(params))
        takes_options = "options" in inspect.signature(task.predict).parameters
        predict = partial(task.predict, options=options) if takes_options else task.predict
        version = task.version(options) if callable(task.version) else task.version
        return cls(schema, task, params, version, predict, tuple(need for need in task.needs if need != "options"))
