"""Executors of a host or a plugin, each wrong in one respect: the run says so, and takes no wrong value from them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from tamis import Dataset, compute, errors


class Answering(Executor):
    """Works in the caller's thread, and gives back what a function makes of the answer."""

    jobs = 1

    def __init__(self, answer: Callable[[Any, Future[Any]], None]) -> None:
        self._answer = answer

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._answer(work(*args, **kwargs), future)
        return future


def raising(error: BaseException) -> Callable[[Any, Future[Any]], None]:
    """In place of any answer."""
    return lambda answer, future: future.set_exception(error)


def first_again() -> Callable[[Any, Future[Any]], None]:
    """The first answer for everything."""
    answers: list[Any] = []
    return lambda answer, future: (answers.append(answer), future.set_result(answers[0]))[1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (raising(SystemExit(0)), "the executor can't do the work: SystemExit: 0"),
        (raising(GeneratorExit()), "the executor can't do the work: GeneratorExit"),
        (raising(OSError("no route")), "the executor can't do the work: OSError: no route"),
        (lambda answer, future: future.set_result(5), "a future holds 5, not what was measured"),
        (first_again(), "a future holds the results of other work than its own"),
    ],
)
def test_what_a_future_holds_is_not_taken_on_trust(
    answer: Callable[[Any, Future[Any]], None], message: str, photographs: Path
) -> None:
    """Neither an exit of the worker's nor the answer to another question ends the host or becomes a value."""
    with pytest.raises(errors.RunError) as found:
        compute(Dataset.from_directory(photographs), ["lightly.width"], executor=Answering(answer))
    assert message in str(found.value)


def test_work_that_an_executor_cancels_is_done_again(photographs: Path) -> None:
    """As work that was lost with its process."""
    cancelled: list[int] = []

    def once(answer: Any, future: Future[Any]) -> None:
        if cancelled:
            future.set_result(answer)
        else:
            cancelled.append(1)
            future.cancel()
            with pytest.raises(CancelledError):
                future.result()

    table = compute(Dataset.from_directory(photographs), ["lightly.width"], executor=Answering(once))
    assert table["lightly.width"].values.tolist() == [48] * 10


def test_an_executor_that_cant_say_how_much_it_does_is_named(photographs: Path) -> None:
    """It is asked once, before any work."""

    class Silent(Answering):
        @property
        def jobs(self) -> int:  # type: ignore[override]
            raise SystemExit(0)

    with pytest.raises(errors.RunError, match=r"its jobs can't be had: SystemExit: 0"):
        compute(Dataset.from_directory(photographs), ["lightly.width"], executor=Silent(raising(KeyError())))


def test_an_image_that_was_lost_beside_another_is_not_to_blame(photographs: Path) -> None:
    """An executor loses all that is under way whenever one image kills a worker: only that image has failed."""
    waiting: list[tuple[Future[Any], Callable[[], Any], bool]] = []
    guard = threading.Lock()

    def finish() -> None:
        with guard:
            deadly = any(kills for _, _, kills in waiting)
            for future, does, _ in waiting:
                if deadly:
                    future.set_exception(BrokenExecutor("the node is gone"))
                else:
                    future.set_result(does())
            waiting.clear()

    class Losing(Executor):
        jobs = 2

        def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            kills = any(item.sample == "a/3.png" for item in args[2])
            with guard:
                waiting.append((future, lambda: work(*args, **kwargs), kills))
                if len(waiting) == 1:
                    threading.Timer(0.05, finish).start()
            return future

    table = compute(Dataset.from_directory(photographs), ["lightly.width"], executor=Losing())
    assert [(failure.sample, failure.stage) for failure in table.failures] == [("a/3.png", "crash")]
    assert int(table["lightly.width"].valid.sum()) == 9
