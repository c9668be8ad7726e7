"""Shards of a selection in processes: the same picks wherever they are worked on, and what becomes of one that dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Registry, Selection, Workers, errors, select
from tests.conftest import Install

DIVERSITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
WEIGHTS = {"input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "WEIGHTS"}}

#: Points of a smooth surface, and a weight for each.
_RNG = np.random.default_rng(5)
POINTS = np.sin(_RNG.random((900, 3)) @ _RNG.normal(size=(3, 24))).astype(np.float32)
#: More than shards offer in one round.
MANY = np.sin(_RNG.random((4000, 3)) @ _RNG.normal(size=(3, 24))).astype(np.float32)
W = _RNG.random(4000).tolist()


def dataset(vectors: Any = POINTS) -> Dataset:
    """Of these vectors, and weights."""
    made = Dataset.from_embeddings([f"{number:04}" for number in range(len(vectors))], vectors)
    return made.with_metadata({"sample": made.samples, "w": W[: len(vectors)]})


def selected(data: Dataset, n: int, *entries: dict[str, Any], **options: Any) -> Selection:
    """From a config of these entries."""
    return select(data, {"n_samples": n, "strategies": list(entries)}, registry=Registry(environ=False), **options)


def test_it_does_not_matter_where_shards_are_worked_on(tmp_path: Path) -> None:
    """In this process, on threads and in processes; of vectors in memory and of those mapped from a file."""
    np.save(tmp_path / "v.npy", POINTS)
    mapped = dataset(np.load(tmp_path / "v.npy", mmap_mode="r"))
    with Workers(2) as workers, ThreadPoolExecutor(2) as threads:
        found = [
            selected(data, 60, DIVERSITY, WEIGHTS, approximate={"shards": 5, "per_shard": 40}, **options)
            for data in (dataset(), mapped)
            for options in ({}, {"executor": workers}, {"executor": threads})
        ]

    assert len({found.selected for found in found}) == 1
    told = [each.manifest()["approximate"] for each in found]
    assert all(each == told[0] for each in told)
    assert told[0]["sampled"] == told[0]["looked_at_together"] == 200
    values = told[0]["reached"]["strategies[1]"]
    last = found[0].manifest()["picks"][-1]["objectives"]
    assert values["objective"] == last["strategies[1]"]
    assert 0 < values["of_sample"] < sum(sorted(W)[-60:])


def test_exact_picks_do_not_depend_on_where_shards_are_worked_on(tmp_path: Path) -> None:
    """They are those without shards, with the same record; of vectors in memory and of those mapped from a file.

    The numbers may lie column by column, and the file may have been replaced since.
    """
    np.save(tmp_path / "v.npy", MANY)
    np.save(tmp_path / "old.npy", MANY)
    np.save(tmp_path / "f.npy", np.asfortranarray(MANY))
    mapped, replaced, columns = (
        dataset(np.load(tmp_path / name, mmap_mode="r")) for name in ("v.npy", "old.npy", "f.npy")
    )
    np.save(tmp_path / "new.npy", MANY[::-1])
    (tmp_path / "new.npy").replace(tmp_path / "old.npy")
    one = selected(mapped, 40, DIVERSITY, WEIGHTS)
    with Workers(2) as workers, ThreadPoolExecutor(2) as threads:
        for data, options in (
            (mapped, {}),
            (mapped, {"executor": threads}),
            (mapped, {"executor": workers}),
            (dataset(MANY), {"executor": workers}),
            (dataset(np.asfortranarray(MANY)), {"executor": workers}),
            (columns, {"executor": workers}),
            (replaced, {"executor": workers}),
        ):
            found = selected(data, 40, DIVERSITY, WEIGHTS, shards=3, **options)
            assert found.selected == one.selected
            assert found.manifest()["picks"] == one.manifest()["picks"]
            assert rows_of(found.standings()) == rows_of(one.standings())


def rows_of(table: Any) -> dict[str, list[Any]]:
    """The columns of a table."""
    return {name: column.cells() for name, column in table.columns.items()}


def test_processes_are_stopped() -> None:
    """As soon as the caller asks for it."""
    stop = Event()

    def progress(told: Any) -> None:
        if told.stage == "preparing":
            stop.set()

    options = {"approximate": {"shards": 8, "per_shard": 50}, "progress": progress, "cancel": stop}
    with pytest.raises(errors.Cancelled):
        selected(dataset(), 50, DIVERSITY, jobs=2, **options)


DYING = """
import os
from pathlib import Path
from tamis import Kind, Objective, Strategy, hookimpl

class Dying(Objective):
    def __init__(self, weights, marks, often):
        self.weights, self.marks, self.often, self.whole = weights, marks, often, os.getpid()
        self.sum = 0.0
    def part(self, rows):
        return Dying(self.weights[rows], self.marks, self.often)
    def values(self, rows):
        marks = Path(self.marks)
        if os.getpid() != self.whole and len(list(marks.iterdir())) < self.often:
            (marks / str(os.getpid())).touch()
            os._exit(3)
        return self.sum + self.weights[rows]
    def add(self, row):
        self.sum += self.weights[row]

@hookimpl
def tamis_strategies():
    schema = {"properties": {"marks": {"type": "string"}, "often": {"type": "integer"}}}
    made = lambda column, params: Dying(column.values - column.values.min(), params["marks"], params["often"])
    yield Strategy("acme.DYING", accepts={Kind.SCALAR}, objective=made, schema=schema)
"""


def test_a_worker_that_dies_costs_what_it_was_doing(tmp_path: Path, install: Install) -> None:
    """It is done again; what always ends its worker is named."""
    install("acme", {"tamis.strategies": {"acme.DYING": "acme_dying"}}, acme_dying=DYING)
    made = dataset(POINTS[:100])

    def found(often: int) -> Selection:
        marks = tmp_path / str(often)
        marks.mkdir()
        strategy = {"type": "acme.DYING", "marks": str(marks), "often": often}
        config = {"n_samples": 5, "strategies": [{**WEIGHTS, "strategy": strategy}]}
        return select(made, config, jobs=2, approximate={"shards": 3, "per_shard": 5})

    assert found(1).selected == selected(made, 5, WEIGHTS).selected
    with pytest.raises(
        errors.RunError, match=r"the worker of shard \d has ended 3 times, at last by exit status 3: sel"
    ):
        found(99)


LOSING = """
import os
import numpy as np
from pathlib import Path
from tamis import Gains, Kind, Strategy, hookimpl

class Losing(Gains):
    final = True
    def __init__(self, values, marks, often):
        self.at, self.marks, self.often, self.whole = values, marks, often, os.getpid()
        self.known = np.full(len(values), 1e6)
        self.sum = 0.0
    def part(self, rows):
        return Losing(self.at[rows], self.marks, self.often)
    def base(self):
        return self.sum
    def gains(self, rows):
        return self.known[rows]
    def after(self, rows, gains, added):
        marks = Path(self.marks)
        if os.getpid() != self.whole and len(added) > 1 and len(list(marks.iterdir())) < self.often:
            (marks / str(os.getpid())).touch()
            os._exit(3)
        apart = np.abs(self.at[rows][:, None] - self.at[added][None])
        return np.minimum(gains, apart.min(axis=1, initial=np.inf))
    def add(self, row):
        self.sum += self.known[row]
        self.known = np.minimum(self.known, np.abs(self.at - self.at[row]))

@hookimpl
def tamis_strategies():
    schema = {"properties": {"marks": {"type": "string"}, "often": {"type": "integer"}}}
    made = lambda column, params: Losing(column.values, params["marks"], params["often"])
    yield Strategy("acme.LOSING", accepts={Kind.SCALAR}, objective=made, schema=schema)
"""


def test_a_worker_that_dies_between_rounds_changes_no_pick(tmp_path: Path, install: Install) -> None:
    """What it was doing is done again, from what is kept of the shard or from the start; nothing is left behind."""
    install("acme", {"tamis.strategies": {"acme.LOSING": "acme_losing"}}, acme_losing=LOSING)
    made = dataset(MANY)

    def found(often: int, **options: Any) -> Selection:
        marks = tmp_path / f"{often}{len(options)}"
        marks.mkdir()
        strategy = {"type": "acme.LOSING", "marks": str(marks), "often": often}
        return select(made, {"n_samples": 60, "strategies": [{**WEIGHTS, "strategy": strategy}]}, **options)

    with pytest.MonkeyPatch.context() as patch:
        (folder := tmp_path / "temporary").mkdir()
        patch.setattr("tempfile.tempdir", str(folder))
        lost = found(2, jobs=2, shards=3)
        assert not list(folder.iterdir())
    assert len(list((tmp_path / "22").iterdir())) == 2
    assert lost.selected == found(0).selected
