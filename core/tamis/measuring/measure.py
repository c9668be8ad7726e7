"""The one pass over the images of a dataset: what is stored is taken over, the rest measured, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import partial
from threading import Event, current_thread, main_thread
from time import monotonic, sleep

import attrs
import numpy as np
import numpy.typing as npt

from tamis.dataset.dataset import Dataset
from tamis.dataset.images import fingerprint, portion
from tamis.declarations.source import Images
from tamis.errors import Cancelled, DatasetError, RunError
from tamis.measuring.allocator import keep_freed_memory
from tamis.measuring.batch import At, Item, Measured, run_batch
from tamis.measuring.marking import Marking
from tamis.measuring.order import Order
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements, Results
from tamis.measuring.run import Run
from tamis.measuring.scheduling import PATIENCE, Batch, Batches, Submit, handed_in, schedule, slots_of
from tamis.measuring.seeing import Seen
from tamis.measuring.sending import take
from tamis.measuring.steps import Key
from tamis.measuring.stored_results import Group, StoredResults
from tamis.measuring.surroundings import same_chances, same_limits, same_settings
from tamis.measuring.unopened import measured_unopened
from tamis.measuring.vectors import Boxes
from tamis.measuring.worker import measure_apart, measure_batch
from tamis.measuring.workers import Workers
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
    if run.jobs < 1:
        raise ValueError(f"jobs is {run.jobs}; it is a number, from 1")
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
    groups, marking = [Group(stored.keys, rows)], None
    if store:
        if dataset.sharded and len(rows) == n:
            marking = Marking(dataset, dataset.sharded, stored.outputs(stored.keys), store.fingerprint)
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
            marking.begin(writer, stored.outputs(key for group in groups for key in group.keys) if groups else ())
        lacking = sum(len(group.rows) for group in groups)
        reused, done = len(rows) - lacking, total - lacking
        monitor.report(Progress("measuring", done, total))
        if groups:
            work = _Work(recipe, images, dataset.samples, stored, store.fingerprint if store else None, monitor)
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
                    new = stored.rows(batch.group, batch.rows, measured.results, dataset.samples)
                    writer.commit(new, stored.parts(measured.parts))
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
        except StoreInUseError:
            if monotonic() - start >= store.patience:
                raise
        if not waited:
            monitor.report(Progress("waiting", 0, samples))
        waited = True
        monitor.check()
        sleep(PATIENCE)


@attrs.frozen(eq=False)
class _Work:
    """What is done with every batch."""

    recipe: Recipe
    images: Images
    samples: Sequence[str]
    stored: StoredResults
    fingerprint: str | None
    monitor: Monitor

    @contextmanager
    def submitting(self, jobs: int, executor: Executor | None, writer: Writer | None) -> Iterator[tuple[int, Submit]]:
        """How many batches can be worked on at a time, and a function that hands one in."""
        slots = jobs if executor is None else slots_of(executor)
        if executor is None and jobs == 1:
            keep_freed_memory()
            with same_chances():
                yield (
                    1,
                    lambda batch: _done(lambda: self._run(batch, lambda *_, **__: self.monitor.check(), alone=True)),
                )
        elif self._shareable and not isinstance(executor, ThreadPoolExecutor):
            elsewhere = executor is not None and not isinstance(executor, Workers)
            seen = Seen.of(self.images, self.samples) if elsewhere else None
            shared = writer.incoming() if elsewhere and writer and self.recipe.embeddings else nullcontext()
            with shared as incoming, Workers(jobs) if executor is None else nullcontext(executor) as workers:
                order = Order.of(self.recipe, self.images, self.fingerprint, seen, incoming)

                def send(batch: Batch) -> Future[Measured]:
                    apart = batch.alone and not isinstance(workers, Workers)  # which tell where they have ended
                    work = measure_apart if apart else measure_batch
                    return handed_in(workers, work, order, batch.group.keys, self._items(batch), self._portion(batch))

                yield slots, send
        elif executor is None or isinstance(executor, (ThreadPoolExecutor, Workers)):
            with self._threads(executor, slots) as submit:
                yield slots, submit
        else:
            raise RunError(
                f"this can't be sent to the processes of a {type(executor).__name__}: plugins that were registered in "
                "process, images in memory and embedders on a device are for threads: pass jobs=, or a "
                "ThreadPoolExecutor"
            )

    def fingerprint_of(self, sample: str) -> str | None:
        """That of a sample's content, if anybody asks."""
        return fingerprint(self.images, sample, self.fingerprint) if self.fingerprint else None

    @property
    def _shareable(self) -> bool:
        """Whether other processes can do it."""
        return (
            self.images.shareable
            and all(step.plugin.entry_point for step in self.recipe.all_steps)
            and not any(wanted.embedding.device for wanted in self.recipe.embeddings.values())
        )

    @contextmanager
    def _threads(self, executor: Executor | None, slots: int) -> Iterator[Submit]:
        keep_freed_memory()
        leaving = Event()

        def at(position: int, step: Key | None = None, images: int = 1) -> None:
            if leaving.is_set():
                raise Cancelled("the run has ended")
            self.monitor.check()

        threads: AbstractContextManager[Executor] = ThreadPoolExecutor(slots, thread_name_prefix="tamis")
        if isinstance(executor, ThreadPoolExecutor):
            threads = nullcontext(executor)
        with same_chances(), same_settings(), same_limits(telling=False), threads as pool:
            try:
                yield lambda batch: handed_in(pool, partial(self._run, alone=False), batch, at)
            except BaseException:
                leaving.set()  # so that threads leave their batches
                raise

    def _run(self, batch: Batch, at: At, *, alone: bool) -> Measured:
        """Do a batch in this process."""
        recipe = self.recipe.only(batch.group.keys)
        passing = (KeyboardInterrupt,) if current_thread() is main_thread() else ()  # no other thread sees Ctrl-C
        return run_batch(recipe, self._items(batch), self.images, self.fingerprint, at, passing, alone=alone)

    def _portion(self, batch: Batch) -> Images | None:
        return portion(self.images, [self.samples[row] for row in batch.rows.tolist()])

    def _items(self, batch: Batch) -> list[Item]:
        keys, without = batch.group.keys, frozenset(ended.step for ended in batch.ended)
        return [self.stored.item(row, self.samples[row], keys, without) for row in batch.rows.tolist()]


def _done(function: Callable[[], Measured]) -> Future[Measured]:
    """Do it here and now."""
    future: Future[Measured] = Future()
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 (raised by whoever asks for the result)
        future.set_exception(error)
    return future
