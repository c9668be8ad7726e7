"""``tamis.write_predictions``: predictions as files of an installed annotation format."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tamis.config.choices import attributing
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import LIGHTLY
from tamis.dataset.opening import ANNOTATIONS
from tamis.declarations.annotations import AnnotationFormat
from tamis.discovery.registry import Registry
from tamis.errors import OutputError


def write_predictions(
    location: str | os.PathLike[str],
    samples: Sequence[str],
    predictions: Predictions,
    *,
    format: str = LIGHTLY,
    registry: Registry | None = None,
) -> Path:
    """Write the predictions of a task, for others to read.

    Samples whose prediction is invalid get none.

    Args:
        location: Where to; of ``lightly``, the folder that holds ``.lightly/``, or will.
        samples: Names of the samples, in the order of the predictions.
        predictions: Of one task.
        format: An annotation format that writes predictions.
        registry: The plugins; by default all that are installed.

    Returns:
        Where they are, such as the folder of the task.

    Raises:
        OutputError: the task is there already, something can't be written, or predictions are not in pixels yet, as
            those that come right from annotations may be; nothing was changed.
        PluginError: there is no such format.
    """
    registry = registry or Registry()
    if len(samples) != len(predictions):
        raise OutputError(f"{len(samples)} names for the predictions of {len(predictions)} samples")
    if predictions.relative.any() or len(predictions.polygons.rings):
        raise OutputError(
            f"the predictions of task '{predictions.schema.name}' are polygons, or shares of width and height: write "
            "those of a selection (Selection.predictions), which are in pixels"
        )
    declared = _writing(format, registry)
    with attributing("annotation", format, registry, ANNOTATIONS):
        assert declared.write is not None  # noqa: S101 (it was looked at)
        return Path(declared.write(os.fspath(location), samples, predictions))


def check_predictions(
    location: str | os.PathLike[str], task: str, *, format: str = LIGHTLY, registry: Registry | None = None
) -> None:
    """Raise `OutputError` if a task of this name can't be written there; writes nothing."""
    registry = registry or Registry()
    declared = _writing(format, registry)
    if declared.check is not None:
        with attributing("annotation", format, registry, ANNOTATIONS):
            declared.check(os.fspath(location), task)


def _writing(format_: str, registry: Registry) -> AnnotationFormat:
    declared = registry.annotation_format(format_)
    if declared.write is None:
        raise OutputError(f"the annotation format '{format_}' writes no predictions")
    return declared
