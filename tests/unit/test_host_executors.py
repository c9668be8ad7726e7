"""Executors of a host or a plugin, each wrong in one respect: the run says so, and takes no wrong value from them."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from tamis import Dataset, Store, compute, embed, errors
from tamis.dataset import decoder
from tests.conftest import Install


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


class Elsewhere(Executor):
    """Works where other things are than here: ``there`` makes them so, ``here`` undoes that."""

    jobs = 1

    def __init__(self, there: Callable[[], object], here: Callable[[], object]) -> None:
        self._there, self._here = there, here

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._there()
        try:
            future.set_result(work(*args, **kwargs))
        except errors.TamisError as error:
            future.set_exception(error)
        finally:
            self._here()
        return future


def test_a_worker_that_doesnt_see_the_folder_refuses_its_work(photographs: Path, tmp_path: Path) -> None:
    """No image is said to have failed for it; one that is gone by the time is no reason to refuse."""
    away = tmp_path / "away"
    lost = Elsewhere(lambda: photographs.rename(away), lambda: away.rename(photographs))
    with pytest.raises(errors.RunError) as found:
        compute(Dataset.from_directory(photographs), ["lightly.width"], executor=lost, store=tmp_path / "store")
    first = photographs / "a" / "0.png"
    gone = Elsewhere(lambda: first.unlink(missing_ok=True), lambda: None)

    assert re.match(
        rf"a worker on '.+' can't see '{first}', which is there for '.+': share the folder", str(found.value)
    )
    assert not any(stored.rows for stored in Store(tmp_path / "store").info())
    table = compute(Dataset.from_directory(photographs), ["lightly.width"], executor=gone)
    assert [failure.sample for failure in table.failures] == ["a/0.png"]


def test_a_worker_that_sees_copies_refuses_where_they_would_be_stored_for_nothing(
    photographs: Path, tmp_path: Path
) -> None:
    """Without a store, or by their content, they will do."""
    away = tmp_path / "away"

    def there() -> None:
        photographs.rename(away)
        shutil.copytree(away, photographs, copy_function=shutil.copy)

    def here() -> None:
        shutil.rmtree(photographs)
        away.rename(photographs)

    dataset, keys, copies = Dataset.from_directory(photographs), ["lightly.width"], Elsewhere(there, here)
    with pytest.raises(errors.RunError, match=r"sees another .* time of modification: .* by --fingerprint sha256"):
        compute(dataset, keys, executor=copies, store=tmp_path / "store")

    assert compute(dataset, keys, executor=copies)["lightly.width"].valid.all()
    stored = Store(tmp_path / "store", fingerprint="sha256")
    assert compute(dataset, keys, executor=copies, store=stored)["lightly.width"].valid.all()


MODEL = """
import numpy as np
from pathlib import Path
from tamis import Embedder, hookimpl

@hookimpl
def tamis_embedders():
    yield Embedder(
        "acme",
        lambda images: np.ones((len(images), 1)),
        dim=1,
        schema={"properties": {"model": {"type": "string"}}},
        prepare=lambda params: Path(params["model"]).read_text(),
        version=lambda options: options,
    )
"""


@pytest.mark.parametrize(
    ("elsewhere", "message"),
    [
        ("other", r"has other files for 'acme', such as another model"),
        (None, r"can't prepare 'acme': FileNotFoundError"),
    ],
)
def test_a_worker_with_another_model_refuses(
    elsewhere: str | None, message: str, photographs: Path, tmp_path: Path, install: Install
) -> None:
    """Its vectors would be taken for those of the model that is here."""
    install("acme", {"tamis.embedders": {"acme": "acme_model"}}, acme_model=MODEL)
    (model := tmp_path / "model").write_text("one")
    there = Elsewhere(
        lambda: model.write_text(elsewhere) if elsewhere else model.unlink(), lambda: model.write_text("one")
    )
    with pytest.raises(errors.RunError, match=rf"^a worker \(.+\) {message}"):
        embed(Dataset.from_directory(photographs), {"type": "acme", "model": str(model)}, executor=there)


def test_a_worker_that_decodes_by_another_library_refuses(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its values may be others, and would be stored as if they were made here."""
    versions = decoder.versions()
    there = Elsewhere(
        lambda: monkeypatch.setattr(decoder, "versions", lambda: {**versions, "pillow": "1.0"}),
        lambda: monkeypatch.setattr(decoder, "versions", lambda: versions),
    )
    with pytest.raises(errors.RunError, match=rf"has pillow 1\.0, and the run was started with {versions['pillow']}"):
        compute(Dataset.from_directory(photographs), ["lightly.height"], executor=there)
