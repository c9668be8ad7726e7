"""Work on shards, several at a time, of which workers may be lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, Generic, TypeVar

from tamis.errors import RunError, TamisError, described
from tamis.measuring.scheduling import PATIENCE
from tamis.measuring.worker_process import WorkerLostError
from tamis.progress import Monitor

T = TypeVar("T")

#: How often a shard may lose its worker.
ATTEMPTS = 2
#: How a process ends that the system ends for the memory it takes.
KILLED = "signal SIGKILL"


def done(result: T) -> Future[T]:
    """What this process has done at once."""
    future: Future[T] = Future()
    future.set_result(result)
    return future


def side_by_side(work: Iterable[Callable[[], Future[T]]], slots: int, monitor: Monitor) -> Iterator[T]:
    """What comes of each, in their order; so many are under way at a time.

    Raises:
        RunError: one can't be done, or its worker was lost too often.
        Cancelled: the caller asked for it.
    """
    under_way: deque[_UnderWay[T]] = deque()
    try:
        for number, hand_in in enumerate(work, start=1):
            under_way.append(_UnderWay(number, hand_in))
            while len(busy := [each.future for each in under_way if not each.is_done()]) >= slots:
                _pause(busy, monitor)
            while under_way and under_way[0].is_done():
                yield under_way.popleft().result()
        while under_way:
            while busy := [each.future for each in under_way if not each.is_done()]:
                _pause(busy, monitor)
            yield under_way.popleft().result()
    finally:
        for each in under_way:
            each.future.cancel()


class _UnderWay(Generic[T]):
    """A shard that somebody works on; a worker that is lost costs what it was doing, which is done again."""

    def __init__(self, number: int, hand_in: Callable[[], Future[T]]) -> None:
        self._number, self._hand_in, self._lost = number, hand_in, 0
        self.future = hand_in()

    def is_done(self) -> bool:
        if not self.future.done():
            return False
        if isinstance(self.future.exception(), BrokenExecutor) and self._lost < ATTEMPTS:
            self._lost += 1
            self.future = self._hand_in()
            return self.future.done()
        return True

    def result(self) -> T:
        try:
            return self.future.result()
        except BrokenExecutor as error:
            raise RunError(f"the worker of shard {self._number} has ended {ATTEMPTS + 1} times{_how(error)}") from error
        except TamisError:
            raise
        except Exception as error:
            raise RunError(f"shard {self._number}: {described(error)}") from error


def _how(error: BrokenExecutor) -> str:
    """How the last has ended, and what to do where that is known."""
    if not isinstance(error, WorkerLostError):
        return f": {described(error)}"
    if error.how == KILLED:
        return f", at last by {KILLED}, as where the system lacks memory: select in more shards, or with fewer jobs"
    return f", at last by {error.how}: select with jobs=1 and no executor to see what the strategies do"


def _pause(busy: Sequence[Future[Any]], monitor: Monitor) -> None:
    wait(busy, timeout=PATIENCE, return_when=FIRST_COMPLETED)
    monitor.check()
