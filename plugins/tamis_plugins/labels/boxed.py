"""Labels of which each object is in a box, for formats that know nothing else."""

from __future__ import annotations

from tamis import Params, Selection
from tamis.errors import ParameterError
from tamis_plugins.labels.labels import Labels


def boxed_labels(selection: Selection, options: Params, form: str) -> Labels:
    """The labels of a selection. Raises `ParameterError` if the task is a classification, and what `Labels.of` does."""
    labels = Labels.of(selection, options.get("task"))
    if labels.schema.task_type == "classification":
        raise ParameterError("task", f"'{labels.schema.name}' says what images show, and {form} says where objects are")
    return labels
