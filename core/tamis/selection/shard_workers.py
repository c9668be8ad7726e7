"""Where shards of the candidates are worked on: in this process, on threads, or in the run's worker processes."""

from __future__ import annotations

import math
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from functools import partial
from typing import Any

import attrs

from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.errors import RunError, TamisError, described
from tamis.measuring.run import Run
from tamis.measuring.scheduling import PATIENCE, handed_in, slots_of
from tamis.measuring.workers import Workers
from tamis.progress import Monitor
from tamis.selection.mapped_arrays import TooLargeError, packed
from tamis.selection.shards import Choice, Shard

#: How often a shard may lose its worker.
ATTEMPTS = 2
#: Bytes of arrays that travel with a shard where memory is bounded; what has more is done in this process.
MOST = 1 << 26


@attrs.frozen(eq=False)
class Order:
    """A shard on its way to another process, with the strategies that it was made with."""

    shard: Shard
    settings: dict[str, Any]
    plugins: tuple[Plugin, ...]

    def check(self) -> None:
        """Raise `RunError` if the plugins here are others."""
        registry = Registry(**self.settings)
        for theirs in self.plugins:
            if (ours := registry.provider("strategy", theirs.key)) != theirs:
                raise RunError(f"a worker has {ours}, and the run was started with {theirs}")


def choose(order: bytes, at: object = None) -> Choice:
    """Pick greedily of a shard, in another process."""
    unpacked: Order = pickle.loads(order)  # noqa: S301 (from our own process)
    unpacked.check()
    return unpacked.shard.choose(Monitor())


def chosen(shards: Iterable[Shard], strategies: Sequence[str], run: Run) -> Iterator[Choice]:
    """What is picked of each shard, in their order.

    What can't go to other processes, since a strategy was registered in process, is done in this one.

    Args:
        shards: Each made when it is its turn.
        strategies: The strategies that their objectives are of.
        run: Where to do it.

    Raises:
        RunError: the workers can't do it.
        Cancelled: the caller asked for it.
    """
    plugins = tuple(run.registry.provider("strategy", name) for name in strategies)
    here, quiet = run.monitor, Monitor(None, run.monitor.cancel)
    if isinstance(run.executor, ThreadPoolExecutor):
        threads = run.executor
        on_threads = (partial(handed_in, threads, shard.choose, quiet) for shard in shards)
        yield from _side_by_side(on_threads, slots_of(threads), here)
    elif (run.executor is None and run.jobs == 1) or not all(plugin.entry_point for plugin in plugins):
        yield from (shard.choose(here) for shard in shards)
    else:
        sent = tuple(attrs.evolve(plugin, entry_point=None) for plugin in plugins)
        most = math.inf if run.memory.bound is None else MOST
        with Workers(run.jobs) if run.executor is None else nullcontext(run.executor) as workers:

            def hand_in(shard: Shard) -> Callable[[], Future[Choice]]:
                order = _packed(Order(shard, run.registry.settings, sent), most)
                if order is None:
                    return lambda: _done(shard.choose(here))
                return lambda: handed_in(workers, choose, order)

            yield from _side_by_side(map(hand_in, shards), slots_of(workers), here)


def _packed(order: Order, most: float) -> bytes | None:
    """The order pickled; None if it is too large."""
    try:
        return packed(order, most)
    except TooLargeError:
        return None
    except TamisError:
        raise
    except Exception as error:
        raise RunError(
            f"a shard can't be sent to other processes: {described(error)}; select with jobs=1 and no executor"
        ) from error


def _done(choice: Choice) -> Future[Choice]:
    future: Future[Choice] = Future()
    future.set_result(choice)
    return future


class _UnderWay:
    """A shard that somebody works on; a worker that is lost costs what it was doing, which is done again."""

    def __init__(self, number: int, hand_in: Callable[[], Future[Choice]]) -> None:
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

    def result(self) -> Choice:
        try:
            return self.future.result()
        except BrokenExecutor as error:
            raise RunError(f"the worker of shard {self._number} has ended {ATTEMPTS + 1} times: {error}") from error
        except TamisError:
            raise
        except Exception as error:
            raise RunError(f"shard {self._number}: {described(error)}") from error


def _side_by_side(work: Iterable[Callable[[], Future[Choice]]], slots: int, monitor: Monitor) -> Iterator[Choice]:
    """So many at a time, in their order."""
    under_way: deque[_UnderWay] = deque()
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


def _pause(busy: Sequence[Future[Choice]], monitor: Monitor) -> None:
    wait(busy, timeout=PATIENCE, return_when=FIRST_COMPLETED)
    monitor.check()
