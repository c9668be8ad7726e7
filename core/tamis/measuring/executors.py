"""Asking an executor, which may be anybody's: how many workers it has, and to do some work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any

from tamis.errors import PASSING, RunError, TamisError, described


class ExecutorError(RunError):
    """An executor doesn't work."""


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
