"""Vectors that workers elsewhere leave in the store of the run, in place of sending them."""

from __future__ import annotations

import json
import pickle
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Store, embed, errors, select
from tests.conftest import photograph


class Elsewhere(Executor):
    """Takes work and gives results as bytes, as one on another machine does.

    Args:
        during: What is entered while it works.
    """

    jobs = 1

    def __init__(self, during: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        self.during, self.received = during, 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self.during():
            sent = pickle.dumps(work(*pickle.loads(pickle.dumps(args)), **kwargs))  # noqa: S301
        self.received += len(sent)
        future.set_result(pickle.loads(sent))  # noqa: S301
        return future


def stored(store: Path) -> list[bytes]:
    """The vectors that a store holds, file by file."""
    return sorted(path.read_bytes() for path in store.rglob("*.npy"))


def test_vectors_are_left_where_the_store_is(photographs: Path, tmp_path: Path) -> None:
    """What travels is less than they are; the outcome and the store are those of a run in one process."""
    (photographs / "bad.png").write_text("no image")
    dataset = Dataset.from_directory(photographs)
    there = Elsewhere()
    here = embed(dataset, store=tmp_path / "here")

    found = embed(dataset, executor=there, store=tmp_path / "there")

    assert np.array_equal(found[0].values, here[0].values)
    assert found[1] == here[1]
    assert there.received < here[0].values.nbytes / 2
    assert np.array_equal(embed(dataset, store=tmp_path / "there", executor=Elsewhere())[0].values, here[0].values)
    assert [each.rows for each in Store(tmp_path / "there").info()] == [
        each.rows for each in Store(tmp_path / "here").info()
    ]
    assert not list((tmp_path / "there").glob("vectors/incoming-*"))


def test_those_of_objects_too(photographs: Path, tmp_path: Path) -> None:
    """Of images with any number of them, also none; the store is the same, and a second run finds all in it."""
    cars = tmp_path / ".lightly" / "predictions" / "cars"
    cars.mkdir(parents=True)
    (cars.parent / "tasks.json").write_text('["cars"]')
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    (cars / "schema.json").write_text(json.dumps(schema))
    for number, path in enumerate(sorted(photographs.rglob("*.png"))):
        name = path.relative_to(photographs)
        objects = [{"category_id": 0, "bbox": [4 * k, 3, 12, 10 + k], "score": 0.5} for k in range(number % 3)]
        (cars / name).parent.mkdir(exist_ok=True)
        document = {"file_name": str(name), "predictions": objects}
        (cars / name).with_suffix(".json").write_text(json.dumps(document))
    dataset = Dataset.from_directory(photographs).annotate("lightly", tmp_path)
    input_ = {"type": "EMBEDDINGS", "task": "cars"}
    config = {"n_samples": 3, "strategies": [{"input": input_, "strategy": {"type": "DIVERSITY"}}]}
    there = Elsewhere()

    here = select(dataset, config, store=tmp_path / "here")

    assert select(dataset, config, store=tmp_path / "there", executor=there).selected == here.selected
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    assert select(dataset, config, store=tmp_path / "there").selected == here.selected


@contextmanager
def unseen(store: Path) -> Iterator[None]:
    """The store is somewhere else here."""
    store.rename(store.with_name("moved"))
    yield
    store.with_name("moved").rename(store)


@contextmanager
def full() -> Iterator[None]:
    """There is no room for a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("what", ["unseen", "full"])
def test_where_they_cant_be_left_they_travel(what: str, photographs: Path, tmp_path: Path) -> None:
    """As to a worker that doesn't see the store, or whose disk is full; nothing is left of the attempt."""
    dataset, store = Dataset.from_directory(photographs), tmp_path / "store"
    there = Elsewhere(full if what == "full" else lambda: unseen(store))
    here, _ = embed(dataset)

    found, failures = embed(dataset, executor=there, store=store)

    assert np.array_equal(found.values, here.values)
    assert not failures
    assert there.received > here.values.nbytes
    assert not list(store.rglob("*.tmp"))
    assert len(stored(store)) == 2  # of eight images, and of two


def test_what_isnt_as_it_was_written_ends_the_run(photographs: Path, tmp_path: Path) -> None:
    """What was stored before stays, and the next run goes on."""
    dataset, store = Dataset.from_directory(photographs), tmp_path / "store"
    batches: list[int] = []

    @contextmanager
    def losing() -> Iterator[None]:
        yield
        batches.append(1)
        if len(batches) == 2:
            for path in store.glob("vectors/incoming-*/*.npy"):
                path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(errors.RunError, match=r"vectors that a worker has written to .*its checksum is another"):
        embed(dataset, executor=Elsewhere(losing), store=store)
    (kept,) = [each.rows for each in Store(store).info() if each.output.kind == "vectors"]
    assert kept == 8
    found, _ = embed(dataset, store=store)
    assert np.array_equal(found.values, embed(dataset)[0].values)


def test_what_a_run_that_was_killed_has_left_is_removed(photographs: Path, tmp_path: Path) -> None:
    """By the next that has vectors left there."""
    left = tmp_path / "store" / "vectors" / "incoming-1"
    dataset = Dataset.from_directory(photographs)
    embed(dataset, store=tmp_path / "store")
    left.mkdir()
    (left / "part.npy").write_bytes(b"half")
    photograph(99).save(photographs / "new.png")

    embed(Dataset.from_directory(photographs), executor=Elsewhere(), store=tmp_path / "store")

    assert not left.exists()
