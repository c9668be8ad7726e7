"""``tamis.compute``: metrics of a dataset as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from threading import Event
from typing import Any

from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.errors import RunError
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import running
from tamis.progress import ProgressCallback
from tamis.store.store import Store


def compute(
    dataset: Dataset,
    keys: Iterable[str],
    *,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    strict: bool = False,
) -> Table:
    """Measure every image of a dataset: one open, and at most one decode, whatever is asked.

    Args:
        dataset: The images.
        keys: Keys of metrics, such as ``lightly.sharpness``. The columns are in this order.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: How many images to work on at a time. With 1, that is in the calling thread; with more, in so many
            processes, or threads where the work can't leave the process: plugins registered in process, images in
            memory. The result doesn't depend on it.
        executor: Where to work instead: an installed executor by its name and options, such as ``"local:jobs=4"``; or
            any `concurrent.futures.Executor`, such as `tamis.Workers`.
        store: Keeps what is measured for the next run: a `tamis.Store`, or the path of one. By default nothing is.
        strict: Whether anything that fails is an error.

    Returns:
        A row for each sample, with empty cells where a value could not be had.

    Raises:
        PluginError: a key can't be used; raised before any image is opened.
        RunError: no image gave any value; under ``strict``, also when anything failed; the executor doesn't work.
        StoreError: the store can't be used.
        Cancelled: ``cancel`` was set.
    """
    if isinstance(keys, str):
        raise TypeError(f"keys is a collection of metric keys, not the string {keys!r}")
    with running(
        registry=registry,
        progress=progress,
        cancel=cancel,
        jobs=jobs,
        executor=executor,
        store=store,
        strict=strict,
    ) as run:
        recipe = Recipe.of(keys, run.registry)
        measured = measure(dataset, recipe, run)
    check_failures(dataset, measured, strict=strict)
    return Table(dataset.samples, measured.columns, (*dataset.failures, *measured.failures))


def check_failures(dataset: Dataset, measured: Measurements, *, strict: bool) -> None:
    """Raise `RunError` if no sample is usable, or under ``strict`` if anything failed."""
    failures = (*dataset.failures, *measured.failures)
    if strict and failures:
        raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
    values = [column.valid.any() for column in measured.columns.values()]
    if not measured.readable.any() or (values and not any(values)):
        raise RunError(f"none of {len(dataset)} images could be used, such as {failures[0]}")
