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
from tamis.declarations import Embedder, InputProvider, Kind, Metric, Params, Scorer, Strategy, Task, View
from tamis.discovery.hookspecs import HOOK_API, hookimpl
from tamis.discovery.registry import Registry

if TYPE_CHECKING:
    from tamis import testing
    from tamis.column import Column
    from tamis.config.validating import validate
    from tamis.context import About, Context
    from tamis.dataset.dataset import Dataset
    from tamis.dataset.images import Header
    from tamis.embedders import embed, train_embedder
    from tamis.failure import Failure
    from tamis.lightly.embedding_files import read_embeddings
    from tamis.lightly.prediction_writing import write_predictions
    from tamis.lightly.predictions import Predictions
    from tamis.lightly.tasks import TaskSchema
    from tamis.measuring.compute import compute
    from tamis.measuring.workers import Workers
    from tamis.progress import Progress
    from tamis.selection.objective import Gains, Objective
    from tamis.selection.result import Selection
    from tamis.selection.select import select
    from tamis.store.store import Store
    from tamis.table import Table
    from tamis.vectors import Vectors

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
    "About": "tamis.context",
    "Column": "tamis.column",
    "Context": "tamis.context",
    "Dataset": "tamis.dataset.dataset",
    "Failure": "tamis.failure",
    "Gains": "tamis.selection.objective",
    "Header": "tamis.dataset.images",
    "Objective": "tamis.selection.objective",
    "Predictions": "tamis.lightly.predictions",
    "Progress": "tamis.progress",
    "Selection": "tamis.selection.result",
    "Store": "tamis.store.store",
    "Table": "tamis.table",
    "TaskSchema": "tamis.lightly.tasks",
    "Vectors": "tamis.vectors",
    "Workers": "tamis.measuring.workers",
    "compute": "tamis.measuring.compute",
    "embed": "tamis.embedders",
    "read_embeddings": "tamis.lightly.embedding_files",
    "select": "tamis.selection.select",
    "train_embedder": "tamis.embedders",
    "validate": "tamis.config.validating",
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
