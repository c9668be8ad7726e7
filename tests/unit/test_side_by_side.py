"""Work on shards whose workers end."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from tamis import errors
from tamis.measuring.worker_process import WorkerLostError
from tamis.progress import Monitor
from tamis.selection.side_by_side import done, side_by_side


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            WorkerLostError(None, False, "signal SIGKILL"),
            ", at last by signal SIGKILL, as where the system lacks memory: select in more shards, or with fewer jobs",
        ),
        (
            WorkerLostError(None, False, "exit status 3"),
            ", at last by exit status 3: select with jobs=1 and no executor to see what the strategies do",
        ),
        (BrokenProcessPool("a child was lost"), ": BrokenProcessPool: a child was lost"),
    ],
)
def test_a_shard_that_loses_its_worker_again_and_again_is_told_in_words(error: BrokenExecutor, told: str) -> None:
    """With its number, how the last worker ended, and what to do where that is known."""
    lost: Future[int] = Future()
    lost.set_exception(error)
    with pytest.raises(errors.RunError) as raised:
        list(side_by_side([lambda: done(1), lambda: lost], 1, Monitor()))
    assert str(raised.value) == f"the worker of shard 2 has ended 3 times{told}"
