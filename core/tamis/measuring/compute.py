"""``tamis.compute``: metrics of a dataset as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from threading import Event
from typing import Any

import attrs
import numpy as np

from tamis.data.column import RESERVED, Column
from tamis.data.failure import Failure
from tamis.data.table import Table
from tamis.dataset.checking import check_dataset
from tamis.dataset.dataset import Dataset
from tamis.dataset.paths import with_paths
from tamis.discovery.registry import Registry
from tamis.errors import RunError, UnknownKeyError, did_you_mean
from tamis.measuring.measure import measure
from tamis.measuring.object_table import object_table
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import running
from tamis.progress import Monitor, Progress, ProgressCallback
from tamis.store.store import Store


def compute(
    dataset: Dataset,
    keys: Iterable[str],
    *,
    task: str | None = None,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    strict: bool = False,
) -> Table:
    """Measure every image of a dataset: one open, and at most one decode, whatever is asked.

    Metadata of the annotations can be had with it, and by itself without opening an image.

    Args:
        dataset: The images.
        keys: Keys of metrics, such as ``lightly.sharpness``. Those of the dataset's metadata, such as ``weather``, may
            be among them; a key of both is the metric's. The columns are in this order.
        task: A prediction task of the annotations, whose objects are measured in place of images, each cut out of its
            image: the table has a row for each object, with its ``object``, a number from 0 in each image, its
            ``category``, and ``left``, ``top``, ``width`` and ``height`` of what was cut out, in pixels.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: How many images to work on at a time. With 1, that is in the calling thread; with more, in so many
            processes, or threads where the work can't leave the process: plugins registered in process, images in
            memory. The result doesn't depend on it.
        executor: Where to work instead: an installed executor by its name and options, such as ``"local:jobs=4"``; or
            any `concurrent.futures.Executor`, such as `tamis.Workers`. In threads, no timeout ends an image, and a
            crash ends this process.
        store: Keeps what is measured for the next run: a `tamis.Store`, or the path of one. By default nothing is.
        strict: Whether anything that fails is an error.

    Returns:
        A row for each sample, or each object of ``task``, with empty cells where a value could not be had.

    Raises:
        PluginError: a key can't be used; raised before any image is opened.
        ConfigError: ``jobs`` is no number from 1, or there is no such executor.
        DatasetError: ``dataset`` is none, or has no images where some have to be measured.
        MetadataError: the metadata can't be read.
        PredictionError: there is no such task, it has no objects in boxes, or its predictions can't be read.
        RunError: no image gave any value; under ``strict``, also when anything failed; the executor doesn't work.
        StoreError: the store can't be used.
        Cancelled: ``cancel`` was set.
    """
    if isinstance(keys, str):
        raise TypeError(f"keys is a collection of metric keys, not the string {keys!r}")
    check_dataset(dataset)
    with running(
        registry=registry,
        progress=progress,
        cancel=cancel,
        jobs=jobs,
        executor=executor,
        store=store,
        strict=strict,
    ) as run:
        keys = tuple(dict.fromkeys(keys))
        if task is not None:
            return object_table(dataset, keys, task, run)
        annotations = with_paths(dataset.annotations, None, keys, run.registry)
        if annotations is not dataset.annotations:
            dataset = attrs.evolve(dataset, annotations=annotations)
        fields = _fields(keys, dataset, run.registry)
        recipe = Recipe.of([key for key in keys if key not in fields], run.registry)
        found, lacking = _read(fields, dataset, run.monitor) if fields else ({}, ())
        if len(fields) == len(keys) and keys:
            measured = None
            failures: tuple[Failure, ...] = dataset.failures
        else:
            measured = measure(dataset, recipe, run, dimensions=False)
            check_failures(dataset, measured, strict=strict)
            failures = (*dataset.failures, *measured.failures)
            found |= measured.columns
    failures += lacking
    if strict and failures:
        raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
    return Table(dataset.samples, {key: found[key] for key in keys}, failures)


def _fields(keys: Sequence[str], dataset: Dataset, registry: Registry) -> tuple[str, ...]:
    """Those of the keys that are metadata: they are looked up only if they are no metrics."""
    metrics = registry.keys("metric")
    others = [key for key in keys if not key.startswith("lightly.") and key not in metrics]
    if taken := [key for key in others if key in RESERVED]:
        raise UnknownKeyError(f"{taken[0]!r} can't be had: tables have a column of that name")
    if not others or not (fields := dataset.annotations.fields()):
        return ()
    for key in others:
        if key not in fields:
            try:
                registry.provider("metric", key)
            except UnknownKeyError as error:
                near, where = did_you_mean(key, {*metrics, *fields}), dataset.annotations.where
                raise UnknownKeyError(f"{key!r} is neither a metric nor metadata of {where}{near}") from error
    return tuple(others)


def _read(keys: Sequence[str], dataset: Dataset, monitor: Monitor) -> tuple[dict[str, Column], tuple[Failure, ...]]:
    """The metadata under these keys, and which samples have none."""
    read = dataset.annotations.metadata(keys, dataset.samples, monitor.step)
    for note in read.notes:
        monitor.report(Progress("preparing", 1, 1, note))
    lacking = (
        Failure(dataset.samples[row], "input", key, column.reasons.get(row, "it has no value"))
        for key, column in read.columns.items()
        for row in np.flatnonzero(~column.valid).tolist()
    )
    return dict(read.columns), tuple(lacking)


def check_failures(dataset: Dataset, measured: Measurements, *, strict: bool) -> None:
    """Raise `RunError` if no sample is usable, or under ``strict`` if anything failed."""
    failures = (*dataset.failures, *measured.failures)
    if strict and failures:
        raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
    values = [column.valid.any() for column in measured.columns.values()]
    if not measured.readable.any() or (values and not any(values)):
        raise RunError(f"none of {len(dataset)} images could be used, such as {failures[0]}")
