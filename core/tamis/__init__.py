"""tamis: runs Lightly selection configs on your own machine, with every input, metric and strategy a plugin.

For hosts: `Registry`, `Dataset`, `compute`, `select`, and what they may use, `Store` and `Workers`. For plugin authors:
`hookimpl`, and the declarations `InputProvider`, `Metric`, `View`, `Scorer`, `Strategy`, `Embedder` and `Task`.

Importing this package reads no entry point and loads no plugin, numpy, Pillow or jsonschema; names that need
them are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tamis import errors
from tamis.data.kind import Kind
from tamis.declarations.embedder import Embedder
from tamis.declarations.input import InputProvider
from tamis.declarations.metric import Metric
from tamis.declarations.params import Params
from tamis.declarations.scorer import Scorer
from tamis.declarations.strategy import Strategy
from tamis.declarations.task import Task
from tamis.declarations.view import View
from tamis.discovery.hookspecs import HOOK_API, hookimpl
from tamis.discovery.registry import Registry

if TYPE_CHECKING:
    from tamis import testing
    from tamis.context.about import About
    from tamis.context.context import Context
    from tamis.data.column import Column
    from tamis.data.failure import Failure
    from tamis.data.header import Header
    from tamis.data.predictions import Predictions
    from tamis.data.table import Table
    from tamis.data.task_schema import TaskSchema
    from tamis.data.vectors import Vectors
    from tamis.dataset.dataset import Dataset
    from tamis.declarations.objective import Gains, Objective
    from tamis.embedding.api import embed, train_embedder
    from tamis.embedding.files import read_embeddings
    from tamis.lightly.prediction_writing import write_predictions
    from tamis.measuring.compute import compute
    from tamis.measuring.workers import Workers
    from tamis.planning.validating import validate
    from tamis.progress import Progress
    from tamis.selection.result import Selection
    from tamis.selection.select import select
    from tamis.store.store import Store

    __version__: str

__all__ = [
    "HOOK_API",
    "About",
    "Column",
    "Context",
    "Dataset",
    "Embedder",
    "Failure",
    "Gains",
    "Header",
    "InputProvider",
    "Kind",
    "Metric",
    "Objective",
    "Params",
    "Predictions",
    "Progress",
    "Registry",
    "Scorer",
    "Selection",
    "Store",
    "Strategy",
    "Table",
    "Task",
    "TaskSchema",
    "Vectors",
    "View",
    "Workers",
    "__version__",
    "compute",
    "embed",
    "errors",
    "hookimpl",
    "read_embeddings",
    "select",
    "testing",
    "train_embedder",
    "validate",
    "write_predictions",
]

_LAZY = {
    "About": "tamis.context.about",
    "Column": "tamis.data.column",
    "Context": "tamis.context.context",
    "Dataset": "tamis.dataset.dataset",
    "Failure": "tamis.data.failure",
    "Gains": "tamis.declarations.objective",
    "Header": "tamis.data.header",
    "Objective": "tamis.declarations.objective",
    "Predictions": "tamis.data.predictions",
    "Progress": "tamis.progress",
    "Selection": "tamis.selection.result",
    "Store": "tamis.store.store",
    "Table": "tamis.data.table",
    "TaskSchema": "tamis.data.task_schema",
    "Vectors": "tamis.data.vectors",
    "Workers": "tamis.measuring.workers",
    "compute": "tamis.measuring.compute",
    "embed": "tamis.embedding.api",
    "read_embeddings": "tamis.embedding.files",
    "select": "tamis.selection.select",
    "train_embedder": "tamis.embedding.api",
    "validate": "tamis.planning.validating",
    "write_predictions": "tamis.lightly.prediction_writing",
}


def __getattr__(name: str) -> Any:
    value: Any
    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
    elif name == "testing":
        value = import_module("tamis.testing")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("tamis")
    else:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
