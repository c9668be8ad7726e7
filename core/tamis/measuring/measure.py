"""The one pass over the images of a dataset: what is stored is taken over, the rest measured, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from time import monotonic, sleep

import attrs
import numpy as np
import numpy.typing as npt

from tamis.dataset.dataset import Dataset
from tamis.errors import DatasetError
from tamis.measuring.marking import Marking
from tamis.measuring.pacing import Batches
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements, Results
from tamis.measuring.run import Run
from tamis.measuring.scheduling import PATIENCE, schedule
from tamis.measuring.sending import take
from tamis.measuring.stored_results import Group, StoredResults
from tamis.measuring.storing import Storing
from tamis.measuring.submitting import Work
from tamis.measuring.unopened import measured_unopened
from tamis.measuring.vectors import Boxes
from tamis.progress import Monitor, Progress
from tamis.store.ledger import StoreInUseError
from tamis.store.store import Store
from tamis.store.writer import Writer

Rows = npt.NDArray[np.int64]


def measure(
    dataset: Dataset,
    recipe: Recipe,
    run: Run,
    boxes: Mapping[str, Boxes] | None = None,
    rows: Rows | None = None,
    *,
    dimensions: bool = True,
) -> Measurements:
    """Open every image of a dataset at most once and measure it.

    The result doesn't depend on where that is done. With one job, images are measured in the calling thread. With more,
    or an executor, batches of them are sent to other processes, which load the same plugins by their entry points; what
    can't be sent, because plugins were registered in process, images are in memory or an embedder needs a device of
    which there is one, is measured on as many threads instead. Memory is that of one decoded image for each job,
    whatever the number of images.

    Args:
        dataset: The images.
        recipe: What to do with each.
        run: Where to do it, and what keeps results.
        boxes: Those of the tasks that the recipe wants object vectors or metrics of and doesn't make itself.
        rows: The samples that count, ascending: all others are as if they could not be opened, and have not failed. By
            default all count.
        dimensions: Whether the dimensions of the images count, and whether they can be opened. If not, no image is
            opened for what can be told of the size of its file; nothing is stored of that.

    Raises:
        DatasetError: there are no images, and something has to be measured on them.
        RunError: the executor can't do it.
        StoreError: the store can't be used.
        Cancelled: the caller asked for it. What is in the store by then stays there.
    """
    n, monitor, store = len(dataset), run.monitor, run.store
    rows = np.arange(n, dtype=np.int64) if rows is None else rows
    if (images := dataset.images) is None:
        if recipe.steps:
            why = f": {dataset.imageless}" if dataset.imageless else ""
            raise DatasetError(
                f"the dataset has no images, and {recipe.steps[-1].name} has to be measured on them{why}"
            )
        return attrs.evolve(Results(recipe, n).measurements(0), sizes=np.zeros((n, 2), dtype=np.int64))
    results = Results(recipe, n, run.memory)
    total = len(rows)
    if not dimensions and recipe.of_files and not (store and dataset.sharded):  # a shard's store is to have all of it
        rows = measured_unopened(dataset, recipe, images, rows, results, monitor)
        if not len(rows):
            return results.measurements(0)
    stored = StoredResults(recipe, boxes or {}, results)
    outputs = stored.outputs
    groups, marking = [Group(outputs.keys, rows)], None
    if store:
        if dataset.sharded and len(rows) == n:
            marking = Marking(dataset, dataset.sharded, outputs.of(outputs.keys), store.fingerprint)
        with store.reading() as reader:
            if reader:
                groups = stored.recall(dataset, rows, images, store.fingerprint, reader, monitor)
                marking = marking if marking and (groups or marking.lacks(reader)) else None
    with ExitStack() as stack:
        writer: Writer | None = None
        if store and (groups or marking):
            writer, waited = _writing(stack, store, monitor, len(rows))
            if waited:  # for what the other run has stored by now
                groups = stored.recall(dataset, rows, images, store.fingerprint, writer, monitor)
        if writer and marking:
            marking.begin(writer, outputs.of(key for group in groups for key in group.keys) if groups else ())
        lacking = sum(len(group.rows) for group in groups)
        reused, done = len(rows) - lacking, total - lacking
        monitor.report(Progress("measuring", done, total))
        if groups:
            work = Work(recipe, images, dataset.samples, stored.boxes, store.fingerprint if store else None, monitor)
            storing = Storing(recipe, outputs, stored.boxes, stored.undecodable)
            slots, submit = stack.enter_context(work.submitting(run.jobs, run.executor, writer))
            window = _window(slots)
            batches = Batches(groups, window, dataset.parts, dataset.units)
            origins = {step.key: f" ({step.plugin})" for step in recipe.all_steps}
            scheduled = schedule(submit, batches, window, dataset.samples, origins, work.fingerprint_of, monitor)
            for batch, measured in stack.enter_context(closing(scheduled)):
                take(measured)
                for row, result in zip(batch.rows.tolist(), measured.results, strict=True):
                    results.add(row, result)
                if writer:
                    new = storing.rows(batch.group, batch.rows, measured.results, dataset.samples)
                    writer.commit(new, storing.parts(measured.parts))
                done += len(measured.results)
                monitor.report(Progress("measuring", done, total))
        if writer and marking:
            marking.end(writer)
    return results.measurements(reused)


def _window(slots: int) -> int:
    """How many batches may be under way: one more for each slot than it is working on."""
    return 1 if slots == 1 else 2 * slots


def _writing(stack: ExitStack, store: Store, monitor: Monitor, samples: int) -> tuple[Writer, bool]:
    """The store for this run to write to, and whether there was another run to wait for."""
    start, waited = monotonic(), False
    while True:
        try:
            return stack.enter_context(store.writing()), waited
        except StoreInUseError as error:
            if monotonic() - start >= store.patience:
                raise StoreInUseError(f"{error}; give Store(..., patience=SECONDS) to have a run wait") from None
        if not waited:
            monitor.report(Progress("waiting", 0, samples))
        waited = True
        monitor.check()
        sleep(PATIENCE)
