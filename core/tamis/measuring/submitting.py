"""Where batches are done: in this process, on threads of it, or in other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from threading import Event, current_thread, main_thread

import attrs

from tamis.dataset.images import fingerprint, portion
from tamis.declarations.source import Images
from tamis.errors import Cancelled, RunError
from tamis.measuring.allocator import keep_freed_memory
from tamis.measuring.batch import At, Item, Measured, run_batch
from tamis.measuring.executors import handed_in, slots_of
from tamis.measuring.known_boxes import KnownBoxes
from tamis.measuring.order import Order
from tamis.measuring.pacing import Batch
from tamis.measuring.recipe import Recipe
from tamis.measuring.scheduling import Submit
from tamis.measuring.seeing import Seen
from tamis.measuring.steps import Key
from tamis.measuring.surroundings import same_chances, same_limits, same_settings
from tamis.measuring.vectors import Floats
from tamis.measuring.worker import measure_apart, measure_batch
from tamis.measuring.workers import Workers
from tamis.progress import Monitor
from tamis.store.writer import Writer


@attrs.frozen(eq=False)
class Work:
    """What is done with every batch."""

    recipe: Recipe
    images: Images
    samples: Sequence[str]
    boxes: KnownBoxes
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
        return [self._item(row, keys, without) for row in batch.rows.tolist()]

    def _item(self, row: int, keys: Sequence[Key], without: frozenset[Key]) -> Item:
        """One image to measure, with the boxes of objects that are known already."""
        boxes: dict[str, Floats] = {}
        tasks = {wanted.task for wanted in self.recipe.embeddings.values() if wanted.task}
        for task in tasks | {of.task for of in self.recipe.objects.values()}:
            if ("task", task) not in keys and (found := self.boxes.of(row, task)) is not None:
                boxes[task] = found
        return Item(self.samples[row], boxes, without)


def _done(function: Callable[[], Measured]) -> Future[Measured]:
    """Do it here and now."""
    future: Future[Measured] = Future()
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 (raised by whoever asks for the result)
        future.set_exception(error)
    return future
