"""New rows for a ledger, by the one run that may write to it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import numpy as np

from tamis.store.ledger import VECTORS, complaining
from tamis.store.parts import Part, adopt_part, write_part
from tamis.store.records import Output, Row, StoredShard
from tamis.store.rows import encoded, seal, table_of
from tamis.store.session import Session


class Writer(Session):
    """The connection that may write: there is one at a time."""

    def drop(self, outputs: Iterable[Output]) -> None:
        """Remove all that is stored of these. Raises `StoreError`."""
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
        """A folder in which others may write parts, until the end. Raises `StoreError`.

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
        """Store what was found, all of it or nothing. Raises `StoreError`.

        Args:
            rows: Of each sample.
            parts: Files that hold the vectors of the rows already, by output. They are moved to where they belong,
                unless they hold more than that.
        """
        if rows:
            with self._transaction():
                self._insert(rows, parts or {})

    def mark(self, shards: Iterable[StoredShard]) -> None:
        """Note how far these are, all of them or none. Raises `StoreError`."""
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
