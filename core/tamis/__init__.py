"""tamis: runs Lightly selection configs on your own machine, with every input, metric and strategy a plugin.

For hosts: `Registry`, `Dataset`, `compute`, `select`, `inspect`, and what they may use, `Store` and `Workers`. For
plugin authors: `hookimpl`, and the declarations `InputProvider`, `Metric`, `View`, `Scorer`, `Strategy`, `Embedder`,
`Task` and `Issue`.

Importing this package reads no entry point and loads no plugin, numpy, Pillow or jsonschema; names that need
them are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tamis import errors
from tamis.data.kind import Kind
from tamis.discovery.hookspecs import HOOK_API, hookimpl
from tamis.discovery.registry import Registry

if TYPE_CHECKING:
    from tamis import blocks, testing
    from tamis.data.column import Column
    from tamis.data.failure import Failure
    from tamis.data.field import Metadata, MetadataField
    from tamis.data.fitting import fitted
    from tamis.data.header import Header
    from tamis.data.memory import Memory
    from tamis.data.names import name_lines, read_names
    from tamis.data.object_values import ObjectValues
    from tamis.data.predictions import Predictions
    from tamis.data.predictions_builder import PredictionsBuilder
    from tamis.data.shard import Shard
    from tamis.data.summary import Summary
    from tamis.data.table import Table
    from tamis.data.table_columns import column_of
    from tamis.data.task_schema import TaskSchema
    from tamis.data.vectors import Vectors
    from tamis.dataset.dataset import Dataset
    from tamis.dataset.writing import write_predictions
    from tamis.declarations.annotations import AnnotationFormat, Annotations
    from tamis.declarations.context import About, Context
    from tamis.declarations.embedder import Embedder
    from tamis.declarations.executor import ExecutorFactory
    from tamis.declarations.export import Export
    from tamis.declarations.input import InputProvider
    from tamis.declarations.issue import Evidence, Issue, Ratings
    from tamis.declarations.metric import Metric
    from tamis.declarations.objective import Chooser, Gains, Level, Objective
    from tamis.declarations.params import Params, Report
    from tamis.declarations.scorer import Scorer
    from tamis.declarations.section import Section
    from tamis.declarations.source import Images, Listing, Source
    from tamis.declarations.strategy import Strategy
    from tamis.declarations.task import Task
    from tamis.declarations.view import View
    from tamis.embedding.api import embed, export_embedder
    from tamis.embedding.comparing import Comparison, compare_embedders
    from tamis.embedding.files import read_embeddings
    from tamis.inspection.inspecting import inspect
    from tamis.inspection.inspection import Inspection
    from tamis.measuring.compute import compute
    from tamis.measuring.engine_batches import Measure
    from tamis.measuring.workers import Workers
    from tamis.planning.validating import validate
    from tamis.printable import without_secrets
    from tamis.progress import Progress, report_download
    from tamis.results.finding import Finding
    from tamis.results.sections import MadeSection
    from tamis.results.selection import Selection
    from tamis.results.subject import Subject
    from tamis.selection.select import select
    from tamis.store.store import Store
    from tamis.writing import check_output, output_file, output_files, output_folder

    __version__: str

__all__ = [
    "HOOK_API",
    "About",
    "AnnotationFormat",
    "Annotations",
    "Chooser",
    "Column",
    "Comparison",
    "Context",
    "Dataset",
    "Embedder",
    "Evidence",
    "ExecutorFactory",
    "Export",
    "Failure",
    "Finding",
    "Gains",
    "Header",
    "Images",
    "InputProvider",
    "Inspection",
    "Issue",
    "Kind",
    "Level",
    "Listing",
    "MadeSection",
    "Measure",
    "Memory",
    "Metadata",
    "MetadataField",
    "Metric",
    "ObjectValues",
    "Objective",
    "Params",
    "Predictions",
    "PredictionsBuilder",
    "Progress",
    "Ratings",
    "Registry",
    "Report",
    "Scorer",
    "Section",
    "Selection",
    "Shard",
    "Source",
    "Store",
    "Strategy",
    "Subject",
    "Summary",
    "Table",
    "Task",
    "TaskSchema",
    "Vectors",
    "View",
    "Workers",
    "__version__",
    "blocks",
    "check_output",
    "column_of",
    "compare_embedders",
    "compute",
    "embed",
    "errors",
    "export_embedder",
    "fitted",
    "hookimpl",
    "inspect",
    "name_lines",
    "output_file",
    "output_files",
    "output_folder",
    "read_embeddings",
    "read_names",
    "report_download",
    "select",
    "testing",
    "validate",
    "without_secrets",
    "write_predictions",
]

_LAZY = {
    "About": "tamis.declarations.context",
    "AnnotationFormat": "tamis.declarations.annotations",
    "Annotations": "tamis.declarations.annotations",
    "Chooser": "tamis.declarations.objective",
    "Column": "tamis.data.column",
    "Comparison": "tamis.embedding.comparing",
    "Context": "tamis.declarations.context",
    "Dataset": "tamis.dataset.dataset",
    "Embedder": "tamis.declarations.embedder",
    "ExecutorFactory": "tamis.declarations.executor",
    "Evidence": "tamis.declarations.issue",
    "Export": "tamis.declarations.export",
    "Failure": "tamis.data.failure",
    "Finding": "tamis.results.finding",
    "Gains": "tamis.declarations.objective",
    "Header": "tamis.data.header",
    "Images": "tamis.declarations.source",
    "InputProvider": "tamis.declarations.input",
    "Inspection": "tamis.inspection.inspection",
    "Issue": "tamis.declarations.issue",
    "Level": "tamis.declarations.objective",
    "Listing": "tamis.declarations.source",
    "Measure": "tamis.measuring.engine_batches",
    "MadeSection": "tamis.results.sections",
    "Memory": "tamis.data.memory",
    "Metadata": "tamis.data.field",
    "MetadataField": "tamis.data.field",
    "Metric": "tamis.declarations.metric",
    "ObjectValues": "tamis.data.object_values",
    "Objective": "tamis.declarations.objective",
    "Params": "tamis.declarations.params",
    "Predictions": "tamis.data.predictions",
    "PredictionsBuilder": "tamis.data.predictions_builder",
    "Progress": "tamis.progress",
    "Ratings": "tamis.declarations.issue",
    "Report": "tamis.declarations.params",
    "Scorer": "tamis.declarations.scorer",
    "Section": "tamis.declarations.section",
    "Selection": "tamis.results.selection",
    "Shard": "tamis.data.shard",
    "Source": "tamis.declarations.source",
    "Store": "tamis.store.store",
    "Strategy": "tamis.declarations.strategy",
    "Subject": "tamis.results.subject",
    "Summary": "tamis.data.summary",
    "Table": "tamis.data.table",
    "Task": "tamis.declarations.task",
    "TaskSchema": "tamis.data.task_schema",
    "Vectors": "tamis.data.vectors",
    "View": "tamis.declarations.view",
    "Workers": "tamis.measuring.workers",
    "check_output": "tamis.writing",
    "column_of": "tamis.data.table_columns",
    "compare_embedders": "tamis.embedding.comparing",
    "compute": "tamis.measuring.compute",
    "embed": "tamis.embedding.api",
    "export_embedder": "tamis.embedding.api",
    "fitted": "tamis.data.fitting",
    "inspect": "tamis.inspection.inspecting",
    "name_lines": "tamis.data.names",
    "output_file": "tamis.writing",
    "output_files": "tamis.writing",
    "output_folder": "tamis.writing",
    "read_embeddings": "tamis.embedding.files",
    "read_names": "tamis.data.names",
    "report_download": "tamis.progress",
    "select": "tamis.selection.select",
    "validate": "tamis.planning.validating",
    "without_secrets": "tamis.printable",
    "write_predictions": "tamis.dataset.writing",
}


def __getattr__(name: str) -> Any:
    value: Any
    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
    elif name in ("blocks", "testing"):
        value = import_module(f"tamis.{name}")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("tamis")
    else:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
