"""A store that a disk has damaged, or that somebody else has made: data, and never more than that."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Store, compute, embed, errors
from tests.conftest import photograph

KEYS = ["lightly.width", "lightly.sharpness"]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Three photographs."""
    (tmp_path / "photographs").mkdir()
    for number in range(3):
        photograph(number, (48 + number, 36)).save(tmp_path / f"photographs/{number}.png")
    return Dataset.from_directory(tmp_path / "photographs")


@pytest.fixture
def store(tmp_path: Path, dataset: Dataset) -> Path:
    """Metrics and vectors of them."""
    compute(dataset, KEYS, store=tmp_path / "store")
    embed(dataset, "descriptor", store=tmp_path / "store")
    return tmp_path / "store"


def changed(store: Path, sql: str) -> None:
    """Change the ledger as whoever has the file can."""
    connection = sqlite3.connect(store / "ledger.db", isolation_level=None)
    connection.executescript(sql)
    connection.close()


def every_use(store: Path, dataset: Dataset) -> list[Callable[[], Any]]:
    """All that one can do with a store."""
    opened = Store(store)
    return [
        lambda: compute(dataset, KEYS, store=store),
        lambda: embed(dataset, "descriptor", store=store),
        opened.table,
        opened.info,
        opened.failures,
        lambda: opened.clear(["lightly.sharpness"]),
    ]


CHANGES = {
    "a value that is text": "UPDATE output_2 SET value = 'abc'",
    "a value that is infinite": "UPDATE output_2 SET value = 9e999",
    "a value that is another": "UPDATE output_2 SET value = 5",
    "values of another output": "UPDATE output_2 SET (value, seal) = (SELECT value, seal FROM output_3 WHERE "
    "output_3.sample = output_2.sample)",
    "a size that is negative": "UPDATE output_1 SET width = -5",
    "a name that is text": "UPDATE sample SET name = 'a.png'",
    "the fingerprint of another": "UPDATE sample SET fingerprint = fingerprint || 'x'",
    "an identity that is no JSON": "UPDATE output SET identity = 'nope' WHERE id = 2",
    "an output of another kind": "INSERT INTO output (kind, name, identity) VALUES ('x', 'x', '{}')",
    "a reason that is bytes": "INSERT INTO failure VALUES (1, 1, 0, 'open', NULL, x'ff')",
    "vectors that are elsewhere": "UPDATE output_4 SET start = 1000000",
    "a view without end": "ALTER TABLE failure RENAME TO old; CREATE VIEW failure AS WITH RECURSIVE c(x) AS "
    "(SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS sample, 1 AS output, 0 AS number, 'a' AS stage, 'k' AS key, "
    "'r' AS reason FROM c",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON failure BEGIN DELETE FROM sample; END",
    "a column without a type": "ALTER TABLE part RENAME TO old; CREATE TABLE part (output, number, checksum)",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_never_taken_for_what_was_stored(store: Path, dataset: Dataset, what: str) -> None:
    """Each use gives what it gave before, or a `StoreError` that says how to go on; nothing else."""
    compute_again, embed_again, *_ = every_use(store, dataset)
    before = compute_again().to_arrow(), embed_again()[0].values
    changed(store, CHANGES[what])

    refused = 0
    for number, use in enumerate(every_use(store, dataset)):
        try:
            found = use()
        except errors.StoreError as error:
            refused += "remove it (tamis store clear), or name another folder" in str(error)
        else:
            assert number != 0 or found.to_arrow() == before[0]
            assert number != 1 or np.array_equal(found[0].values, before[1])
    assert refused or what == "the fingerprint of another"


def test_ids_that_are_paths_remove_nothing(store: Path, dataset: Dataset, tmp_path: Path) -> None:
    """Clearing what somebody else has named removes no folder beside the store."""
    (tmp_path / "victim").mkdir()
    changed(
        store,
        """ALTER TABLE output RENAME TO old;
        CREATE TABLE output (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, identity TEXT NOT NULL, seal);
        INSERT INTO output SELECT id || ' /*/../../../victim', kind, name, identity, seal FROM old;
        DROP TABLE old;""",
    )
    with pytest.raises(errors.StoreError, match="its tables are not those that tamis makes"):
        Store(store).clear(["lightly.width"])
    assert (tmp_path / "victim").is_dir()


def test_links_out_of_a_store_are_not_followed(store: Path, dataset: Dataset, tmp_path: Path) -> None:
    """Neither to remove what they lead to, nor to read or write there; clearing it as a whole removes the link."""
    shutil.move(store / "vectors", tmp_path / "elsewhere")
    (tmp_path / "elsewhere/2").mkdir()
    (store / "vectors").symlink_to(tmp_path / "elsewhere")
    for use in every_use(store, dataset):
        with pytest.raises(errors.StoreError, match="vectors is not a plain file or folder"):
            use()
    Store(store).clear()
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["2", "4"]
    assert not list(store.iterdir())


@pytest.mark.parametrize("name", ["ledger.db", "writing.db", "vectors"])
def test_what_is_no_plain_file_is_not_opened(store: Path, dataset: Dataset, name: str) -> None:
    """A FIFO, which would be waited for."""
    shutil.rmtree(store / name) if (store / name).is_dir() else (store / name).unlink()
    os.mkfifo(store / name)
    for use in every_use(store, dataset):
        with pytest.raises(errors.StoreError, match=f"{name} is not a plain file or folder"):
            use()


@pytest.mark.parametrize("seed", range(3))
def test_changed_bytes_are_noticed(store: Path, dataset: Dataset, tmp_path: Path, seed: int) -> None:
    """Of a ledger with changed bytes: the values that there were, measured again or not, or a `StoreError`."""
    before = compute(dataset, KEYS, store=store).to_arrow()
    content = (store / "ledger.db").read_bytes()
    generator = np.random.default_rng(seed)
    for number in range(15):
        torn = bytearray(content)
        for _ in range(generator.choice((1, 1, 3, 20))):
            torn[generator.integers(len(torn))] = generator.integers(256)
        shutil.rmtree(tmp_path / "torn", ignore_errors=True)
        shutil.copytree(store, tmp_path / "torn")
        (tmp_path / "torn/ledger.db").write_bytes(torn)
        try:
            found = compute(dataset, KEYS, store=tmp_path / "torn")
        except errors.StoreError:
            continue
        assert found.to_arrow() == before, number
