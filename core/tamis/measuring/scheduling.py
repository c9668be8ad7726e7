"""Having batches done: so many at a time, and again where one was lost with its process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait

import attrs
import numpy as np

from tamis.data.failure import Failure
from tamis.errors import RunError, TamisError, described
from tamis.measuring.batch import Measured, mark_of
from tamis.measuring.executors import ExecutorError
from tamis.measuring.pacing import Batch, Batches, Ended
from tamis.measuring.result import Result
from tamis.measuring.steps import Key
from tamis.measuring.worker_process import WorkerLostError
from tamis.progress import Monitor

#: How often work is lost, without an image to blame, before that counts as a defect of the executor; and how many steps
#: of an image may end their process before it is given up.
ATTEMPTS = 4
#: Seconds between two looks at whether the caller wants the run to stop.
PATIENCE = 0.1

#: Hands a batch in.
Submit = Callable[[Batch], Future[Measured]]


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
