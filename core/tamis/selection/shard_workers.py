"""Where shards of the candidates are worked on: in this process, on threads, or in the run's worker processes."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import attrs

from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.errors import RunError, TamisError, described
from tamis.measuring.executors import handed_in, slots_of
from tamis.measuring.run import Run
from tamis.measuring.workers import Workers
from tamis.progress import Monitor
from tamis.selection.candidate_shard import CandidateShard, Choice
from tamis.selection.mapped_arrays import Keep, TooLargeError, kept_in, packed
from tamis.selection.mapped_files import NamedFiles
from tamis.selection.offers import Call, Offer, ShardedCandidates
from tamis.selection.rounds import Ask
from tamis.selection.side_by_side import done, side_by_side

T = TypeVar("T")

#: Bytes of arrays that travel with a shard where memory is bounded; what has more is done in this process.
MOST = 1 << 26


@attrs.frozen(eq=False)
class Order:
    """What is worked on in another process, with the strategies that it was made with."""

    work: Any
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
    shard: CandidateShard = _unpacked(order)
    return shard.choose(Monitor())


def offer(order: bytes, call: Call, at: object = None) -> Offer:
    """Have a shard offer its best, in another process."""
    candidates: ShardedCandidates = _unpacked(order)
    return candidates.offer(call)


def _unpacked(order: bytes) -> Any:
    unpacked: Order = pickle.loads(order)  # noqa: S301 (from our own process)
    unpacked.check()
    return unpacked.work


@attrs.frozen(eq=False)
class ShardWorkers:
    """Whoever works on shards.

    Attributes:
        executor: Has it done; None if this process does it.
        sent: The strategies that shards are made with; empty if they stay in this process.
    """

    run: Run
    executor: Executor | None = None
    sent: tuple[Plugin, ...] = ()
    _named: NamedFiles = attrs.field(factory=NamedFiles, init=False)

    def chosen(self, shards: Iterable[CandidateShard]) -> Iterator[Choice]:
        """What is picked of each shard, in their order; each is made when it is its turn."""
        most = math.inf if self.run.memory.bound is None else MOST

        def hand_in(shard: CandidateShard) -> Callable[[], Future[Choice]]:
            if not self.executor or (self.sent and (order := self._packed(shard, most)) is None):
                return lambda: done(shard.choose(self.run.monitor))
            if self.sent:
                return partial(handed_in, self.executor, choose, order)
            return partial(handed_in, self.executor, shard.choose, Monitor(None, self.run.monitor.cancel))

        return self._side_by_side(map(hand_in, shards))

    def asking(self, candidates: ShardedCandidates) -> Ask:
        """Has shards of the candidates offer their best."""
        if self.executor and self.sent:
            order = self._packed(candidates, math.inf, kept_in(Path(candidates.folder)))
            hand_in = partial(partial, handed_in, self.executor, offer, order)
        elif self.executor:
            hand_in = partial(partial, handed_in, self.executor, candidates.offer)
        else:
            hand_in = partial(partial, lambda call: done(candidates.offer(call)))
        return lambda calls: list(self._side_by_side(hand_in(call) for call in calls))

    def _packed(self, work: Any, most: float, keep: Keep | None = None) -> bytes | None:
        """The order for some work, pickled; None if it is too large."""
        try:
            return packed(Order(work, self.run.registry.settings, self.sent), self._named, most, keep)
        except TooLargeError:
            return None
        except TamisError:
            raise
        except Exception as error:
            raise RunError(
                f"a shard can't be sent to other processes: {described(error)}; select with jobs=1 and no executor"
            ) from error

    def _side_by_side(self, work: Iterable[Callable[[], Future[T]]]) -> Iterator[T]:
        return side_by_side(work, slots_of(self.executor) if self.executor else 1, self.run.monitor)


@contextmanager
def shard_workers(strategies: Sequence[str], run: Run) -> Iterator[ShardWorkers]:
    """Those of a run.

    What can't go to other processes, since a strategy was registered in process, is done in this one.

    Args:
        strategies: The strategies that shards are made with.
        run: Where to do it.

    Raises:
        RunError: the workers can't do it.
        Cancelled: the caller asked for it.
    """
    plugins = tuple(run.registry.provider("strategy", name) for name in strategies)
    if isinstance(run.executor, ThreadPoolExecutor):
        yield ShardWorkers(run, run.executor)
    elif (run.executor is None and run.jobs == 1) or not all(plugin.entry_point for plugin in plugins):
        yield ShardWorkers(run)
    else:
        sent = tuple(attrs.evolve(plugin, entry_point=None) for plugin in plugins)
        with Workers(run.jobs) if run.executor is None else nullcontext(run.executor) as workers:
            yield ShardWorkers(run, workers, sent)
