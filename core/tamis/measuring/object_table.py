"""Metrics of objects as a table, with a row for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.object_values import Value
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.errors import PredictionError, RunError, did_you_mean
from tamis.measuring.measure import measure
from tamis.measuring.object_metrics import ObjectMetric
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import Run
from tamis.measuring.vectors import Boxes, corners_of
from tamis.progress import Progress

#: What is told of each object beside its values.
PLACES = ("left", "top", "width", "height")


def object_table(dataset: Dataset, keys: Sequence[str], task: str, run: Run) -> Table:
    """Measure the objects of a task.

    Raises:
        PluginError: a key can't be used.
        PredictionError: there is no such task, it has no objects in boxes, or its predictions can't be read.
        RunError: no image could be opened; under ``strict``, also when anything failed.
    """
    wanted = [ObjectMetric(key, task) for key in keys]
    recipe = Recipe.of((), run.registry, objects=wanted)
    if task not in (tasks := dataset.annotations.tasks()):
        where = f" in {dataset.annotations.where}" if dataset.annotations.where else ""
        hint = did_you_mean(task, tasks) if tasks else ": name predictions by --lightly, or --annotations"
        raise PredictionError(f"no task '{task}'{where}{hint}")
    schema = dataset.annotations.task(task)
    if not schema.has_boxes:
        raise PredictionError(f"metrics of objects are of objects in boxes, and '{task}' is {schema.task_type}")
    read = dataset.annotations.predictions(task, dataset.samples, run.monitor.step)
    boxes = Boxes.unfitted(read)
    measured = measure(dataset, recipe, run, {task: boxes})
    lacking = (Failure(dataset.samples[row], "input", task, why) for row, why in read.reasons.items())
    failures = (*dataset.failures, *measured.failures, *lacking)
    if run.strict and failures:
        raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
    if not measured.readable.any():
        raise RunError(f"none of {len(dataset)} images could be used, such as {failures[0]}")
    samples = tuple(dataset.samples[row] for row in read.rows.tolist())
    places = _places(boxes, measured)
    if without := int(np.count_nonzero(~places["left"].valid & measured.readable[read.rows])):
        run.monitor.report(Progress("preparing", 1, 1, f"task '{task}': objects without a box or a pixel: {without}"))
    told = {
        "object": Column("object", Kind.SCALAR, np.arange(len(read.rows)) - read.offsets[:-1][read.rows]),
        "category": Column("category", Kind.CATEGORY, read.categories, labels=schema.category_names),
        **places,
    }
    values = {of.key: _column(of, _aligned(of, read, measured), run) for of in wanted}
    return Table(samples, {**told, **values}, failures)


def _places(boxes: Boxes, measured: Measurements) -> dict[str, Column]:
    """Where each object was cut out; nowhere, where it has no pixel, or its image could not be opened."""
    corners = np.zeros((len(boxes.values), 4), dtype=np.int64)
    for row, (width, height) in enumerate(measured.sizes.tolist()):
        if width > 0:
            corners[boxes.offsets[row] : boxes.offsets[row + 1]] = corners_of(boxes.of(row), width, height)
    sizes = corners[:, 2:] - corners[:, :2]
    valid = (sizes > 0).all(axis=1)
    places = np.concatenate([corners[:, :2], sizes], axis=1)
    return {name: Column(name, Kind.SCALAR, places[:, at], valid=valid) for at, name in enumerate(PLACES)}


def _aligned(of: ObjectMetric, read: Predictions, measured: Measurements) -> list[Value]:
    """The value of each object of the predictions; None for those of images that were not measured."""
    found = measured.object_values[of.name]
    values: list[Value] = []
    for row, count in enumerate(read.counts.tolist()):
        start, stop = found.offsets[row : row + 2].tolist()
        values += found.values[start:stop] if found.known[row] else [None] * count
    return values


def _column(of: ObjectMetric, values: Sequence[Value], run: Run) -> Column:
    metric = run.registry.metric(of.key)
    valid = np.fromiter((value is not None for value in values), bool, len(values))
    if metric.kind is Kind.CATEGORY:
        labels = sorted({str(value) for value in values if value is not None})
        places = {label: place for place, label in enumerate(labels)}
        codes = np.array([places.get(str(value), 0) for value in values], dtype=np.int64)
        return Column(of.key, Kind.CATEGORY, codes, labels=labels, valid=valid)
    dtype = np.int64 if metric.dtype == "int" else np.float64
    return Column(of.key, Kind.SCALAR, np.array([value or 0 for value in values], dtype=dtype), valid=valid)
