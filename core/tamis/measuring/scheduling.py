"""Having batches done by an executor: so many at a time, each as long as it should take, and again if it was lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.errors import PASSING, RunError, TamisError, described
from tamis.measuring.batch import Measured, mark_of
from tamis.measuring.result import Result
from tamis.measuring.run import ExecutorError
from tamis.measuring.steps import Key
from tamis.measuring.stored_results import Group
from tamis.measuring.worker_process import WorkerLostError
from tamis.progress import Monitor

Rows = npt.NDArray[np.int64]

#: Seconds that a batch should take: long enough for its costs not to matter, short enough to lose.
SECONDS = 1.0
#: Images of the first batches, when nothing is known of what they cost, and of any batch.
FIRST, LARGEST = 8, 4096
#: How often work is lost, without an image to blame, before that counts as a defect of the executor; and how many steps
#: of an image may end their process before it is given up.
ATTEMPTS = 4
#: Seconds between two looks at whether the caller wants the run to stop.
PATIENCE = 0.1


@attrs.frozen
class Ended:
    """A step that has ended the process that did it.

    Attributes:
        step: Which.
        failure: What is told of it.
        passes: Whether another attempt may come to an end.
    """

    step: Key
    failure: Failure
    passes: bool


@attrs.frozen(eq=False)
class Batch:
    """Some images of a group.

    Attributes:
        group: What is to be done with them.
        rows: Which they are.
        lost: How often it has been lost already.
        ended: The steps that have ended the process, of a single image; they are not done again.
    """

    group: Group
    rows: Rows
    lost: int = 0
    ended: tuple[Ended, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether it is one image that may be to blame for the loss of a process."""
        return self.lost > 0 and len(self.rows) == 1


#: Hands a batch in.
Submit = Callable[[Batch], Future[Measured]]


class Batches:
    """Cuts groups into batches that take about a second; near the end, into ever shorter ones, so that all end at once.

    Args:
        groups: What is to be done.
        window: How many batches may be under way.
        parts: Rows at which another archive, or the like, begins: no batch goes beyond one.
        units: Rows at which begins what one batch is to be, if there are such.

    Attributes:
        again: What was lost, and comes next.
        alone: What is to be done while nothing else is, so that it is known who is to blame.
    """

    def __init__(
        self, groups: Sequence[Group], window: int, parts: Sequence[int] = (), units: Sequence[int] = ()
    ) -> None:
        self._groups = deque(groups)
        self._window, self._whole = window, bool(units)
        self._parts = np.unique(np.array([*parts, *units], dtype=np.int64))
        self._start = 0
        self._pace = 0.0
        self._left = sum(len(group.rows) for group in groups)
        self.again: deque[Batch] = deque()
        self.alone: deque[Batch] = deque()

    def next(self) -> Batch | None:
        """The next one; None if there is none for now."""
        if self.again:
            return self.again.popleft()
        if not self._groups:
            return None
        group = self._groups[0]
        size = int(SECONDS / self._pace) if self._pace else FIRST
        size = LARGEST if self._whole else max(1, min(size, LARGEST, -(-self._left // self._window)))
        rows = self._of_one_part(group.rows[self._start : self._start + size])
        self._left -= len(rows)
        self._start += len(rows)
        if self._start == len(group.rows):
            self._groups.popleft()
            self._start = 0
        return Batch(group, rows)

    def _of_one_part(self, rows: Rows) -> Rows:
        """Those of some ascending rows that are in the same part as the first."""
        if not len(self._parts):
            return rows
        following = np.searchsorted(self._parts, rows[0], side="right")
        return rows[rows < self._parts[following]] if following < len(self._parts) else rows

    def took(self, batch: Batch, seconds: float) -> None:
        """Learn from how long a batch took. Slower ones count at once, faster ones little by little."""
        pace = max(seconds / len(batch.rows), 1e-6)
        self._pace = max(pace, self._pace / 4) if self._pace else pace


def schedule(
    submit: Submit,
    batches: Batches,
    window: int,
    samples: Sequence[str],
    origins: Mapping[Key, str],
    fingerprint: Callable[[str], str | None],
    monitor: Monitor,
) -> Generator[tuple[Batch, Measured]]:
    """Each batch with what came of it, as it comes in.

    A batch that is lost with its process is done again: what was before the image that the process was working on, that
    image by itself, and what was after it; or the halves, where nothing is known of where it was, down to one image,
    which is done again while nothing else is. Of an image by itself that is lost twice, the step that was under way has
    failed, and is left out as the rest is done again; where it isn't known, or that happens time and again, all has.

    Args:
        submit: Hands a batch in.
        batches: What is to be done.
        window: How many may be under way.
        samples: Names of the samples.
        origins: What is added to the reason for the failure of a step: whose it is.
        fingerprint: That of a sample that has failed so, which no process could take.
        monitor: The caller's.

    Raises:
        RunError: the executor doesn't work.
        Cancelled: the caller asked for it.
    """
    under_way: dict[Future[Measured], Batch] = {}
    succeeded = False
    try:
        while True:
            monitor.check()
            while len(under_way) < window and (batch := batches.next()):
                under_way[submit(batch)] = batch
            if not under_way and batches.alone:
                suspect = batches.alone.popleft()
                under_way[submit(suspect)] = suspect
            if not under_way:
                return
            wait(under_way, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            for future in [each for each in under_way if each.done()]:  # `wait` overlooks those that were cancelled
                batch = under_way.pop(future)
                error = _error(future)
                if error is None:
                    measured = _checked(future.result(), batch, samples)
                    succeeded = True
                    batches.took(batch, measured.seconds)
                    for result in measured.results if batch.ended else ():
                        result.failures += [ended.failure for ended in batch.ended]
                        result.passing += [ended.failure for ended in batch.ended if ended.passes]
                    yield batch, measured
                elif isinstance(error, (TamisError, KeyboardInterrupt)):
                    raise error
                elif not isinstance(error, BrokenExecutor) and not succeeded:
                    raise ExecutorError(f"the executor can't do the work: {described(error)}") from error
                elif (failure := _lost(batch, error, batches, samples, origins)) is not None:
                    passing = [failure] if _passes(error) else []
                    taken = fingerprint(failure.sample)
                    result = Result(failures=[failure], passing=passing, fingerprint=taken)
                    yield batch, Measured([result], 0.0, mark_of([failure.sample]))
    finally:
        for future in under_way:
            future.cancel()


def _error(future: Future[Measured]) -> BaseException | None:
    """What a future that is done holds in place of a result: it may be anything, and is raised by nobody here."""
    return BrokenExecutor("the executor has cancelled it") if future.cancelled() else future.exception()


def _checked(measured: object, batch: Batch, samples: Sequence[str]) -> Measured:
    """What came of a batch. Raises `ExecutorError` if it is something else, or came of another batch."""
    if not isinstance(measured, Measured):
        raise ExecutorError(f"the executor can't do the work: a future holds {measured!r:.80}, not what was measured")
    if measured.mark != mark_of(samples[row] for row in batch.rows.tolist()):
        raise ExecutorError("the executor can't do the work: a future holds the results of other work than its own")
    return measured


def slots_of(executor: Executor) -> int:
    """How many workers an executor has. Where it doesn't say so, a few."""
    for name in ("jobs", "_max_workers"):
        try:
            workers: object = getattr(executor, name, None)
        except PASSING:
            raise
        except BaseException as error:
            raise ExecutorError(f"its {name} can't be had: {described(error)}") from error
        if isinstance(workers, int) and workers >= 1:
            return workers
    return 4


def handed_in(executor: Executor, work: Callable[..., Any], *args: Any) -> Future[Any]:
    """The future of some work. Raises `ExecutorError` if the executor doesn't take it."""
    try:
        future: object = executor.submit(work, *args)
        if not isinstance(future, Future):
            raise TypeError(f"submit returned {type(future).__name__}, not a Future")
    except (TamisError, *PASSING):
        raise
    except BaseException as error:
        reason = f"is broken: {error}" if isinstance(error, BrokenExecutor) else f"takes no work: {described(error)}"
        raise ExecutorError(f"the executor {reason}; what was done before is kept") from error
    return future


def _lost(
    batch: Batch, error: BaseException, batches: Batches, samples: Sequence[str], origins: Mapping[Key, str]
) -> Failure | None:
    """Have a lost batch done again; the failure if it is one image that has been lost too often."""
    rows, lost = batch.rows, batch.lost + 1
    position = error.position if isinstance(error, WorkerLostError) else -1
    if position is None:
        if lost >= ATTEMPTS:
            raise RunError(f"worker processes end before they come to any image: {error}") from error
        batches.again.append(attrs.evolve(batch, lost=lost))
        return None
    if len(rows) == 1:
        if lost < 2:
            (batches.again if position >= 0 else batches.alone).append(attrs.evolve(batch, lost=lost))
            return None
        step = error.step if isinstance(error, WorkerLostError) else None
        failure = _failure(samples[rows[0]], error, step, origins)
        if step is None or len(batch.ended) >= (1 if failure.stage == "timeout" else ATTEMPTS):
            return attrs.evolve(failure, key=None)
        ended = Ended(step, failure, _passes(error))
        batches.alone.append(attrs.evolve(batch, ended=(*batch.ended, ended)))
        return None
    cuts = [len(rows) // 2] if position < 0 else [position, position + 1]
    for part in np.split(rows, cuts):
        if len(part):
            batches.again.append(Batch(batch.group, part, 1 if len(part) == 1 and position >= 0 else 0))
    return None


def _passes(error: BaseException) -> bool:
    """Whether another attempt may come to an end: a process was ended for the time it took, or by somebody."""
    return not isinstance(error, WorkerLostError) or error.timed_out or not error.faulted


def _failure(sample: str, error: BaseException, step: Key | None, origins: Mapping[Key, str]) -> Failure:
    key, origin = (step[1], origins.get(step, "")) if step else (None, "")
    if isinstance(error, WorkerLostError) and error.timed_out:
        return Failure(sample, "timeout", key, f"it took longer than the time limit{origin}")
    how = error.how if isinstance(error, WorkerLostError) else repr(error)
    return Failure(sample, "crash", key, f"the process that worked on it ended ({how}){origin}")
