"""A ledger in use: what it knows about some samples, and new rows for it."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import attrs
import numpy as np

from tamis.data.failure import Failure, Stage
from tamis.data.shard import Shard
from tamis.errors import StoreError
from tamis.store.ledger import VECTORS, complaining, damaged, schema
from tamis.store.parts import Part, Vectors, adopt_part, read_part, write_part
from tamis.store.rows import CELLS, COLUMNS, FAILURE, OUTPUT, SAMPLE, SHARD, Layout, OutputKind, seal, table_of


@attrs.frozen
class Output:
    """Something that can be had of each image.

    Attributes:
        kind: What it is: what opening the file gives, a metric, the objects of a task, or vectors.
        name: Its key.
        identity: All that its values depend on beside the content of the image, as JSON: plugins and their versions,
            parameters.
    """

    kind: OutputKind
    name: str
    identity: str


@attrs.frozen
class Row:
    """What is to be stored of one sample.

    Attributes:
        name: The sample.
        fingerprint: Of its content.
        cells: By output, in the order of `COLUMNS`; of vectors ``(vectors, dropped, boxes)`` with None in place of the
            ``(k, d)`` vectors where there are none.
        failures: Why values are missing, by output.
    """

    name: str
    fingerprint: str
    cells: Mapping[Output, tuple[Any, ...]]
    failures: Mapping[Output, Sequence[Failure]]


@attrs.frozen
class StoredShard:
    """That a run over a shard of a dataset has come to its end, or has begun.

    Attributes:
        output: What the run was to find of each image.
        shard: Which shard of which dataset.
        place: The identity of its images, as `Images` has it; empty if there is none.
        fingerprint: The kind of fingerprint of their content.
        done: Whether it has come to its end.
    """

    output: Output
    shard: Shard
    place: str
    fingerprint: str
    done: bool


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

    # Writing

    def drop(self, outputs: Iterable[Output]) -> None:
        """Remove all that is stored of these. For the one writer only. Raises `StoreError`."""
        for output in outputs:
            id_ = self.outputs.pop(output)
            with complaining(self._folder):
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(f"DROP TABLE output_{id_}")
                for table, column in (("failure", "output"), ("part", "output"), ("shard", "output"), ("output", "id")):
                    self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (id_,))  # noqa: S608
                self._connection.execute("COMMIT")
                if not (self._folder / VECTORS).is_symlink():
                    shutil.rmtree(self._folder / VECTORS / str(id_), ignore_errors=True)

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder in which others may write parts, until the end. For the one writer only. Raises `StoreError`.

        Its name tells whether somebody sees the same place: no other has ever had it.
        """
        vectors = self._folder.absolute() / VECTORS
        if vectors.is_symlink():
            raise self.damaged(f"{vectors} is a link")
        with complaining(self._folder):
            for left in vectors.glob("incoming-*"):  # by a run that was killed
                shutil.rmtree(left, ignore_errors=True)
            folder = vectors / f"incoming-{uuid4().hex}"
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def commit(self, rows: Sequence[Row], parts: Mapping[Output, Part] | None = None) -> None:
        """Store what was found, all of it or nothing. For the one writer only. Raises `StoreError`.

        Args:
            rows: Of each sample.
            parts: Files that hold the vectors of the rows already, by output. They are moved to where they belong,
                unless they hold more than that.
        """
        if rows:
            with self._transaction():
                self._insert(rows, parts or {})

    def mark(self, shards: Iterable[StoredShard]) -> None:
        """Note how far these are, all of them or none. For the one writer only. Raises `StoreError`."""
        with self._transaction():
            for stored in shards:
                id_, of = self._output(stored.output), stored.shard
                place = (of.listing, stored.place, stored.fingerprint)
                row = (*place, of.number, of.count, of.start, of.stop, of.samples, int(stored.done))
                self._connection.execute(
                    f"INSERT OR REPLACE INTO shard VALUES ({', '.join('?' * (len(row) + 2))})",  # noqa: S608
                    (id_, *row, seal(id_, *row)),
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with complaining(self._folder):
            self._connection.execute("BEGIN IMMEDIATE")
            outputs = dict(self.outputs)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self.outputs = outputs
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, rows: Sequence[Row], parts: Mapping[Output, Part]) -> None:
        samples = [self._sample(encoded(row.name), row.fingerprint) for row in rows]
        cells: dict[Output, list[tuple[Any, ...]]] = defaultdict(list)
        for row, sample in zip(rows, samples, strict=True):
            for output, values in row.cells.items():
                cells[output].append((sample, *values))
        for output, found in cells.items():
            id_ = self._output(output)
            if output.kind == "vectors":
                found = self._with_part(id_, found, parts.get(output))
            marks = ", ".join("?" * (len(found[0]) + 1))
            sealed = [(*row, seal(id_, *row)) for row in found]
            self._connection.executemany(f"INSERT OR REPLACE INTO output_{id_} VALUES ({marks})", sealed)  # noqa: S608
            self._connection.executemany(
                "DELETE FROM failure WHERE sample = ? AND output = ?", [(sample, id_) for sample, *_ in found]
            )
        self._connection.executemany(
            "INSERT INTO failure (sample, output, number, stage, key, reason) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (sample, self._output(output), number, failure.stage, failure.key, failure.reason)
                for row, sample in zip(rows, samples, strict=True)
                for output, failures in row.failures.items()
                for number, failure in enumerate(failures)
            ],
        )

    def _sample(self, name: bytes, fingerprint: str) -> int:
        """The id of a sample, which gets one if it is new."""
        key = (name, fingerprint)
        query = "SELECT id FROM sample WHERE name = ? AND fingerprint = ?"
        if found := self._connection.execute(query, key).fetchone():
            return cast(int, found[0])
        (id_,) = self._connection.execute("SELECT coalesce(max(id), 0) + 1 FROM sample").fetchone()
        self._connection.execute("INSERT INTO sample VALUES (?, ?, ?, ?)", (id_, *key, seal(id_, *key)))
        return cast(int, id_)

    def _with_part(self, output: int, found: list[tuple[Any, ...]], part: Part | None) -> list[tuple[Any, ...]]:
        """Rows with the place of their vectors, which go into a file of their own."""
        query = "SELECT coalesce(max(number), 0) + 1 FROM part WHERE output = ?"
        (number,) = self._connection.execute(query, (output,)).fetchone()
        placed: list[tuple[Any, ...]] = []
        start, parts = 0, []
        for sample, vectors, dropped, boxes in found:
            if vectors is None:
                placed.append((sample, None, None, None, dropped, boxes))
                continue
            placed.append((sample, number if len(vectors) else None, start, len(vectors), dropped, boxes))
            if len(vectors):
                parts.append(vectors)
            start += len(vectors)
        if start:
            path = self._path(output, number)
            is_all = part is not None and part.rows == start
            checksum = adopt_part(part, path) if part and is_all else write_part(path, np.concatenate(parts))
            self._connection.execute("INSERT INTO part VALUES (?, ?, ?)", (output, number, checksum))
            self._checksums.clear()
        return placed

    def _output(self, output: Output) -> int:
        """The id of an output, which gets one, and a table, if it is new."""
        if output not in self.outputs:
            (id_,) = self._connection.execute("SELECT coalesce(max(id), 0) + 1 FROM output").fetchone()
            row = (id_, output.kind, output.name, output.identity)
            self._connection.execute("INSERT INTO output VALUES (?, ?, ?, ?, ?)", (*row, seal(*row)))
            self._connection.execute(table_of(id_, output.kind))
            self.outputs[output] = id_
        return self.outputs[output]

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


def encoded(name: str) -> bytes:
    """A sample's name as the file system has it."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a name that no file has
        return name.encode("utf-8", "surrogatepass")


def decoded(name: bytes) -> str:
    """The name of a file."""
    return name.decode("utf-8", "surrogateescape")
