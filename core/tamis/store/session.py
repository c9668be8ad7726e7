"""A ledger in use: what it knows about some samples, and new rows for it."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import attrs
import numpy as np

from tamis.data.failure import Failure, Stage
from tamis.store.ledger import VECTORS, complaining, damaged
from tamis.store.parts import Vectors, read_part, write_part

OutputKind = Literal["file", "metric", "task", "vectors"]

#: The columns of each kind of output, beside the sample. NULL where there is no value.
#: A REAL column would take the sign of a zero.
COLUMNS: dict[OutputKind, tuple[str, ...]] = {
    "file": ("width INTEGER", "height INTEGER"),
    "metric": ("value",),
    "task": ("objects TEXT",),
    "vectors": ("part INTEGER", "start INTEGER", "count INTEGER", "dropped INTEGER", "boxes BLOB"),
}


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
            for id_, kind, name, identity in connection.execute("SELECT id, kind, name, identity FROM output"):
                self.outputs[Output(kind, name, identity)] = id_

    # Reading

    def find(self, names: Sequence[str]) -> list[tuple[int, str, int]]:
        """Position, fingerprint and id of everything stored under one of these names."""
        self._fill("asked", enumerate(map(encoded, names)))
        return list(self._query("SELECT row, fingerprint, id FROM asked JOIN sample USING (name)"))

    def know(self, samples: Iterable[tuple[int, int]]) -> None:
        """Turn to these samples: their positions, which are what other methods call a row, and ids."""
        self._fill("known", samples)

    def cells(self, output: Output) -> list[tuple[Any, ...]]:
        """Row and cells of each sample that one has turned to and that has this output."""
        if (id_ := self.outputs.get(output)) is None:
            return []
        columns = ", ".join(column.split()[0] for column in COLUMNS[output.kind])
        return list(self._query(f"SELECT row, {columns} FROM known JOIN output_{id_} USING (sample)"))  # noqa: S608

    def failures(self, outputs: Iterable[Output]) -> Iterator[tuple[int, Output, Stage, str | None, str]]:
        """Row, output, stage, key and reason of all that is known to have failed with these samples."""
        by_id = {self.outputs[output]: output for output in outputs if output in self.outputs}
        query = "SELECT row, output, stage, key, reason FROM known JOIN failure USING (sample)"
        where = f"WHERE output IN ({', '.join(map(str, by_id))})"
        for row, id_, stage, key, reason in self._query(f"{query} {where} ORDER BY row, output, number"):
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
            raise damaged(self._folder, f"{path}: {error}") from error

    # Reading all of it

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
        return (name for (name,) in self._query("SELECT DISTINCT name FROM sample ORDER BY name"))

    def values(self, metric: Output) -> Iterator[Any]:
        """A metric of each of `names`: that of the version stored last; None where there is no value."""
        joined = f"sample LEFT JOIN output_{self.outputs[metric]} AS found ON found.sample = id"
        # SQLite takes the value from the row with the maximum.
        query = f"SELECT value, max(found.sample) FROM {joined} GROUP BY name ORDER BY name"  # noqa: S608
        return (value for value, _ in self._query(query))

    def all_failures(self) -> Iterator[Failure]:
        """Every failure, by sample."""
        query = "SELECT name, stage, key, reason FROM failure JOIN sample ON id = sample ORDER BY name, output, number"
        for name, stage, key, reason in self._query(query):
            yield Failure(decoded(name), stage, key, reason)

    # Writing

    def drop(self, outputs: Iterable[Output]) -> None:
        """Remove all that is stored of these. For the one writer only. Raises `StoreError`."""
        for output in outputs:
            id_ = self.outputs.pop(output)
            with complaining(self._folder):
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(f"DROP TABLE output_{id_}")
                for table, column in (("failure", "output"), ("part", "output"), ("output", "id")):
                    self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (id_,))  # noqa: S608
                self._connection.execute("COMMIT")
                shutil.rmtree(self._folder / VECTORS / str(id_), ignore_errors=True)

    def commit(self, rows: Sequence[Row]) -> None:
        """Store what was found, all of it or nothing. For the one writer only. Raises `StoreError`."""
        if not rows:
            return
        with complaining(self._folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._insert(rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, rows: Sequence[Row]) -> None:
        execute = self._connection.execute
        keys = [(encoded(row.name), row.fingerprint) for row in rows]
        self._connection.executemany("INSERT OR IGNORE INTO sample (name, fingerprint) VALUES (?, ?)", keys)
        samples = [
            execute("SELECT id FROM sample WHERE name = ? AND fingerprint = ?", key).fetchone()[0] for key in keys
        ]
        cells: dict[Output, list[tuple[Any, ...]]] = defaultdict(list)
        for row, sample in zip(rows, samples, strict=True):
            for output, values in row.cells.items():
                cells[output].append((sample, *values))
        for output, found in cells.items():
            id_ = self._output(output)
            if output.kind == "vectors":
                found = self._with_part(id_, found)
            marks = ", ".join("?" * len(found[0]))
            self._connection.executemany(f"INSERT OR REPLACE INTO output_{id_} VALUES ({marks})", found)  # noqa: S608
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

    def _with_part(self, output: int, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
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
            parts.append(vectors)
            start += len(vectors)
        if start:
            checksum = write_part(self._path(output, number), np.concatenate(parts))
            self._connection.execute("INSERT INTO part VALUES (?, ?, ?)", (output, number, checksum))
            self._checksums.clear()
        return placed

    def _output(self, output: Output) -> int:
        """The id of an output, which gets one, and a table, if it is new."""
        if output not in self.outputs:
            cursor = self._connection.execute(
                "INSERT INTO output (kind, name, identity) VALUES (?, ?, ?)",
                (output.kind, output.name, output.identity),
            )
            columns = ", ".join(("sample INTEGER PRIMARY KEY", *COLUMNS[output.kind]))
            self._connection.execute(f"CREATE TABLE output_{cursor.lastrowid} ({columns})")
            self.outputs[output] = cast(int, cursor.lastrowid)
        return self.outputs[output]

    # Helpers

    def _path(self, output: int, number: int) -> Path:
        return self._folder / VECTORS / str(output) / f"part-{number:06}.npy"

    def _query(self, query: str) -> Iterator[tuple[Any, ...]]:
        with complaining(self._folder):
            yield from self._connection.execute(query)

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
