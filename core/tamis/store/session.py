"""A ledger in use: what it knows about some samples, or about all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from tamis.data.failure import Failure, Stage
from tamis.data.shard import Shard
from tamis.errors import StoreError
from tamis.store.ledger import VECTORS, complaining, damaged, schema
from tamis.store.parts import Vectors, read_part
from tamis.store.records import Output, StoredShard
from tamis.store.rows import (
    CELLS,
    COLUMNS,
    FAILURE,
    OUTPUT,
    SAMPLE,
    SHARD,
    Layout,
    decoded,
    encoded,
    seal,
    table_of,
)


class Session:
    """One connection to the ledger, with the samples that it was last asked about."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._checksums: dict[tuple[int, int], int] = {}
        self.outputs: dict[Output, int] = {}
        with complaining(folder):
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("CREATE TEMP TABLE asked (row INTEGER PRIMARY KEY, name BLOB NOT NULL)")
            connection.execute("CREATE TEMP TABLE known (row INTEGER PRIMARY KEY, sample INTEGER NOT NULL)")
        self._check_tables()

    def _check_tables(self) -> None:
        """Take over which outputs there are. Raises `StoreError` if the ledger is made in another way than by tamis.

        A table that is a view, or has a trigger, or columns without their types, could do anything.
        """
        ours, strange = schema(), "its tables are not those that tamis makes"
        with complaining(self._folder):
            self._connection.execute("BEGIN")  # as somebody may be adding one
        found = {sql for (sql,) in self._query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        if not found >= ours:
            raise self.damaged(strange)
        for id_, kind, name, identity, sealed in self._query("SELECT id, kind, name, identity, seal FROM output"):
            self._check(OUTPUT, (id_, kind, name, identity), sealed)
            if kind not in COLUMNS:
                raise self.damaged(f"an output is of kind {kind!r}")
            self.outputs[Output(kind, name, identity)] = id_
        if found != ours | {table_of(id_, output.kind) for output, id_ in self.outputs.items()}:
            raise self.damaged(strange)
        with complaining(self._folder):
            self._connection.execute("COMMIT")

    # Reading

    def find(self, names: Sequence[str]) -> list[tuple[int, str, int]]:
        """Position, fingerprint and id of everything stored under one of these names."""
        self._fill("asked", enumerate(map(encoded, names)))
        found = []
        for row, *sample, sealed in self._query(
            "SELECT row, id, asked.name, fingerprint, seal FROM asked JOIN sample USING (name)"
        ):
            self._check(SAMPLE, tuple(sample), sealed)
            found.append((row, sample[2], sample[0]))
        return found

    def know(self, samples: Iterable[tuple[int, int]]) -> None:
        """Turn to these samples: their positions, which are what other methods call a row, and ids."""
        self._fill("known", samples)

    def cells(self, output: Output) -> list[tuple[Any, ...]]:
        """Row and cells of each sample that one has turned to and that has this output."""
        if (id_ := self.outputs.get(output)) is None:
            return []
        columns = ", ".join(column.split()[0] for column in COLUMNS[output.kind])
        query = f"SELECT row, sample, {columns}, seal FROM known JOIN output_{id_} USING (sample)"  # noqa: S608
        found = []
        for row, sample, *cells, sealed in self._query(query):
            self._check(CELLS[output.kind], values := tuple(cells), sealed, id_, sample)
            found.append((row, *values))
        return found

    def failures(self, outputs: Iterable[Output]) -> Iterator[tuple[int, Output, Stage, str | None, str]]:
        """Row, output, stage, key and reason of all that is known to have failed with these samples."""
        by_id = {self.outputs[output]: output for output in outputs if output in self.outputs}
        query = "SELECT row, sample, output, number, stage, key, reason FROM known JOIN failure USING (sample)"
        where = f"WHERE output IN ({', '.join(map(str, by_id))})"
        for row, *failure in self._query(f"{query} {where} ORDER BY row, output, number"):
            self._check_types(FAILURE, tuple(failure))
            _, id_, _, stage, key, reason = failure
            yield row, by_id[id_], cast(Stage, stage), key, reason

    def part(self, output: Output, number: int) -> Vectors:
        """The vectors of a file. Raises `StoreError` if they are not as they were written."""
        id_ = self.outputs[output]
        if not self._checksums:
            found = self._query("SELECT output, number, checksum FROM part")
            self._checksums = {(owner, part): checksum for owner, part, checksum in found}
        path = self._path(id_, number)
        try:
            return read_part(path, self._checksums[id_, number])
        except (KeyError, ValueError, OSError) as error:
            raise self.damaged(f"{path}: {error}") from error

    # Reading all of it

    def samples(self, size: int) -> Iterator[list[tuple[int, str, str]]]:
        """Id, name and fingerprint of all samples, so many at a time, in the order in which they came."""
        last = -1
        query = "SELECT id, name, fingerprint, seal FROM sample WHERE id > ? ORDER BY id LIMIT ?"
        while found := list(self._query(query, (last, size))):
            for *sample, sealed in found:
                self._check(SAMPLE, tuple(sample), sealed)
            last = found[-1][0]
            yield [(id_, decoded(name), fingerprint) for id_, name, fingerprint, _ in found]

    def size(self) -> int:
        """How many samples there are, each of them in each version of its content."""
        ((size,),) = self._query("SELECT count(*) FROM sample")
        return int(size)

    def shards(self) -> list[StoredShard]:
        """All shards whose samples have an output, or are getting it."""
        by_id, found = {id_: output for output, id_ in self.outputs.items()}, []
        columns = "listing, place, fingerprint, number, count, start, stop, samples, done"
        for id_, *row, sealed in self._query(f"SELECT output, {columns}, seal FROM shard"):  # noqa: S608
            self._check(SHARD, tuple(row), sealed, id_)
            if id_ in by_id:  # or somebody has added it since this session began
                listing, place, fingerprint, number, count, start, stop, samples, done = row
                shard = Shard(number, count, start, stop, samples, listing)
                found.append(StoredShard(by_id[id_], shard, place, fingerprint, bool(done)))
        return found

    def count(self, output: Output, column: str) -> tuple[int, int]:
        """How many samples have an output, and how many a value in one of its columns."""
        ((rows, values),) = self._query(f"SELECT count(*), count({column}) FROM output_{self.outputs[output]}")  # noqa: S608
        return rows, values

    def hold(self) -> None:
        """See what is stored now until this session ends, whatever others store meanwhile. Raises `StoreError`."""
        with complaining(self._folder):
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sample LIMIT 1").fetchone()  # SQLite holds from the first read on

    def names(self) -> Iterator[bytes]:
        """Every sample once, sorted."""
        last = None
        for *sample, sealed in self._query("SELECT id, name, fingerprint, seal FROM sample ORDER BY name"):
            self._check(SAMPLE, tuple(sample), sealed)
            if sample[1] != last:
                yield (last := sample[1])

    def values(self, metric: Output) -> Iterator[Any]:
        """A metric of each of `names`: that of the version stored last; None where there is no value."""
        id_ = self.outputs[metric]
        joined = f"sample LEFT JOIN output_{id_} AS found ON found.sample = id"
        # SQLite takes all of a row from that with the maximum.
        query = f"SELECT value, found.seal, max(found.sample) FROM {joined} GROUP BY name ORDER BY name"  # noqa: S608
        for value, sealed, sample in self._query(query):
            if sample is not None:
                self._check(CELLS[metric.kind], (value,), sealed, id_, sample)
            yield value

    def all_failures(self) -> Iterator[Failure]:
        """Every failure, by sample."""
        query = (
            "SELECT id, name, fingerprint, seal, sample, output, number, stage, key, reason "
            "FROM failure JOIN sample ON id = sample ORDER BY name, output, number"
        )
        for row in self._query(query):
            self._check(SAMPLE, row[:3], row[3])
            self._check_types(FAILURE, row[4:])
            yield Failure(decoded(row[1]), *row[7:])

    # Helpers

    def damaged(self, what: str) -> StoreError:
        """The error to raise about something that is not as it was stored."""
        return damaged(self._folder, what)

    def _check(self, layout: Layout, row: tuple[Any, ...], sealed: Any, *owner: int) -> None:
        """Raise `StoreError` if a row can't be one of ours; ``owner`` says of which output and sample it is."""
        self._check_types(layout, row)
        if seal(*owner, *row) != sealed:
            raise self.damaged("the checksum of a row is another")

    def _check_types(self, layout: Layout, row: tuple[Any, ...]) -> None:
        try:
            layout.check(row)
        except ValueError as error:
            raise self.damaged(str(error)) from None

    def _path(self, output: int, number: int) -> Path:
        """The file of some vectors. Raises `StoreError` if its folder is a link, which may lead out of the store."""
        folder = self._folder / VECTORS / str(output)
        if folder.is_symlink() or folder.parent.is_symlink():
            raise self.damaged(f"{folder} is a link")
        return folder / f"part-{number:06}.npy"

    def _query(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with complaining(self._folder):
            yield from self._connection.execute(query, values)

    def _fill(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Replace what is in a table of this connection's own."""
        with complaining(self._folder):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608
            self._connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
