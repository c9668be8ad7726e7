"""``tamis.compute``: metrics of a dataset as a table."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event

from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.errors import RunError
from tamis.measuring.measure import Measurements, measure
from tamis.measuring.recipe import Recipe
from tamis.progress import Monitor, ProgressCallback
from tamis.table import Table


def compute(
    dataset: Dataset,
    keys: Iterable[str],
    *,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    strict: bool = False,
) -> Table:
    """Measure every image of a dataset: one open, and at most one decode, whatever is asked.

    Args:
        dataset: The images.
        keys: Keys of metrics, such as ``lightly.sharpness``. The columns are in this order.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: Threads to measure on. The result doesn't depend on it.
        strict: Whether anything that fails is an error.

    Returns:
        A row for each sample, with empty cells where a value could not be had.

    Raises:
        PluginError: a key can't be used; raised before any image is opened.
        RunError: no image gave any value; under ``strict``, also when anything failed.
        Cancelled: ``cancel`` was set.
    """
    if isinstance(keys, str):
        raise TypeError(f"keys is a collection of metric keys, not the string {keys!r}")
    recipe = Recipe.of(keys, registry or Registry())
    measured = measure(dataset, recipe, jobs=jobs, monitor=Monitor(progress, cancel))
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
