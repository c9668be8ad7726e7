"""Measuring a dataset: one recipe over all images, in batches, on as many threads as the caller allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Event
from typing import Any, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from tamis.column import Column
from tamis.dataset.dataset import Dataset
from tamis.declarations import Kind
from tamis.errors import Cancelled, DatasetError
from tamis.failure import Failure
from tamis.measuring.batch import Item, Result, run_batch
from tamis.measuring.recipe import Recipe
from tamis.measuring.vectors import Boxes, Collected, Embedded
from tamis.progress import Monitor, Progress

#: Images per task. Small, so that a cancelled run ends soon; large enough for a task to cost nothing.
BATCH = 16

T = TypeVar("T")
R = TypeVar("R")


@attrs.frozen(eq=False)
class Measurements:
    """The metrics of a dataset.

    Attributes:
        columns: By metric key.
        objects: What auto tasks predicted, by task: for each sample a list, None where that failed.
        vectors: By the name that the recipe has for them.
        sizes: ``(n, 2)`` width and height in pixels; -1 for images that could not be opened, 0 where there are none.
        failures: Everything that failed, in dataset order.
    """

    columns: Mapping[str, Column]
    objects: Mapping[str, list[list[Any] | None]]
    vectors: Mapping[str, Embedded]
    sizes: npt.NDArray[np.int64]
    failures: tuple[Failure, ...]

    @property
    def readable(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` bool: which images could be opened."""
        readable: npt.NDArray[np.bool_] = self.sizes[:, 0] >= 0
        return readable


def measure(
    dataset: Dataset, recipe: Recipe, *, jobs: int, monitor: Monitor, boxes: Mapping[str, Boxes] | None = None
) -> Measurements:
    """Open every image of a dataset once and measure it.

    The result doesn't depend on ``jobs``. Decoding and numpy release the interpreter lock, so threads run
    side by side; time is that of the slowest part of one image, memory that of ``jobs`` decoded images.

    Args:
        dataset: The images.
        recipe: What to do with each.
        jobs: How many threads.
        monitor: The caller's.
        boxes: Those of the tasks that the recipe wants object vectors of and doesn't make itself.

    Raises:
        DatasetError: there are no images, and something has to be measured on them.
        Cancelled: the caller asked for it.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}; it is a number of threads, from 1")
    n = len(dataset)
    if (source := dataset.source) is None:
        if recipe.steps:
            raise DatasetError(f"the dataset has no images, and {recipe.steps[-1].name} has to be measured on them")
        return Measurements({}, {}, {}, np.zeros((n, 2), dtype=np.int64), ())
    _keep_freed_memory()
    values = {m.key: np.zeros(n, dtype=np.int64 if m.dtype == "int" else np.float64) for m in recipe.metrics}
    valid = {m.key: np.zeros(n, dtype=bool) for m in recipe.metrics}
    sizes = np.full((n, 2), -1, dtype=np.int64)
    objects: dict[str, list[list[Any] | None]] = {
        step.name: [None] * n for step in recipe.steps if step.stage == "task"
    }
    vectors = {name: Collected(wanted, n) for name, wanted in recipe.embeddings.items()}
    failures: list[Failure] = []
    boxes = boxes or {}
    leaving = Event()

    def starting(position: int) -> None:
        if leaving.is_set():
            raise Cancelled("the run has ended")
        monitor.check()

    def run(batch: range) -> list[Result]:
        items = [
            Item(dataset.samples[row], {task: of_task.of(row) for task, of_task in boxes.items()}) for row in batch
        ]
        return run_batch(recipe, items, source.open, starting)

    batches = (range(start, min(start + BATCH, n)) for start in range(0, n, BATCH))
    monitor.report(Progress("measuring", 0, n))
    with closing(_in_order(run, batches, jobs)) as done, _set_on_error(leaving):
        for batch, results in done:
            for row, measured in zip(batch, results, strict=True):
                if measured.header:
                    sizes[row] = measured.header.width, measured.header.height
                failures += measured.failures
                for task, predicted in measured.objects.items():
                    objects[task][row] = predicted
                for key, value in measured.values.items():
                    values[key][row] = value
                    valid[key][row] = True
                for name, (found, dropped) in measured.vectors.items():
                    vectors[name].add(row, found, dropped)
            monitor.report(Progress("measuring", batch.stop, n))
    columns = {key: Column(key, Kind.SCALAR, values[key], valid=valid[key]) for key in values}
    embedded = {name: collected.embedded() for name, collected in vectors.items()}
    return Measurements(columns, objects, embedded, sizes, tuple(failures))


@contextmanager
def _set_on_error(event: Event) -> Iterator[None]:
    """So that threads leave their batches when the run ends early."""
    try:
        yield
    except BaseException:
        event.set()
        raise


def _keep_freed_memory() -> None:
    """Have the allocator reuse the memory of one image for the next.

    glibc gives freed memory back to the system above a threshold, which follows the largest block freed so far. Left
    at what images come to, every image is faulted in anew, which was measured to take half as long again.
    """
    np.empty(1 << 24, dtype=np.uint8)


def _in_order(function: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Generator[tuple[T, R]]:
    """Each task with its result, in order, on ``jobs`` threads; a bounded number is under way at a time."""
    if jobs == 1:
        for task in tasks:
            yield task, function(task)
        return
    with ExitStack() as stack:
        pool: Executor = stack.enter_context(ThreadPoolExecutor(jobs, thread_name_prefix="tamis"))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        under_way: deque[tuple[T, Future[R]]] = deque()
        for task in tasks:
            under_way.append((task, pool.submit(function, task)))
            if len(under_way) > 2 * jobs:
                first, future = under_way.popleft()
                yield first, future.result()
        for task, future in under_way:
            yield task, future.result()
