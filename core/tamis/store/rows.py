"""The rows of a ledger: what each may hold, and a seal that tells whether it is as it was written.

A disk may have damaged a store, or somebody else made it. So nothing in it is taken for what it should be.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from itertools import product
from typing import Any, Literal

import attrs

OutputKind = Literal["file", "metric", "category", "objects", "task", "vectors"]
#: Those of metrics.
METRICS: tuple[OutputKind, ...] = ("metric", "category")

#: The columns of each kind of output, beside the sample. NULL where there is no value.
#: A REAL column would take the sign of a zero.
COLUMNS: dict[OutputKind, tuple[str, ...]] = {
    "file": ("width INTEGER", "height INTEGER"),
    "metric": ("value",),
    "category": ("value TEXT",),
    "objects": ("numbers TEXT", "boxes BLOB"),
    "task": ("objects TEXT",),
    "vectors": ("part INTEGER", "start INTEGER", "count INTEGER", "dropped INTEGER", "boxes BLOB"),
}
#: The last column of every table.
SEAL = "seal INTEGER"
#: What SQLite gives for each of its types, and for none.
_TYPES: dict[str, tuple[type, ...]] = {"INTEGER": (int,), "TEXT": (str,), "BLOB": (bytes,), "": (int, float)}
#: Sizes, places and counts are less.
_MOST = 2**31


@attrs.frozen
class Layout:
    """What a row holds.

    Attributes:
        signatures: The types that its values may have.
        counts: Whether its whole numbers are sizes, places or counts.
    """

    signatures: frozenset[tuple[type, ...]]
    counts: bool = False

    @classmethod
    def of(cls, columns: Iterable[str]) -> Layout:
        """That of columns as SQL declares them."""
        words = [column.split() for column in columns]
        types = [
            (*_TYPES["".join(word[1:2])], *(() if "NOT" in word or "PRIMARY" in word else (type(None),)))
            for word in words
        ]
        return cls(frozenset(product(*types)), counts=all("INTEGER" in word or "BLOB" in word for word in words))

    def check(self, row: tuple[Any, ...]) -> None:
        """Raise `ValueError` if it isn't one."""
        if tuple(map(type, row)) not in self.signatures:
            raise ValueError("a row holds something of another type")
        for value in row:
            if type(value) is float and not math.isfinite(value):
                raise ValueError(f"a row holds {value}")
            if self.counts and type(value) is int and not 0 <= value < _MOST:
                raise ValueError(f"a row holds {value} for a size or a count")


#: Of each kind of output, without the sample.
CELLS: dict[OutputKind, Layout] = {kind: Layout.of(columns) for kind, columns in COLUMNS.items()}
SAMPLE = Layout.of(("id INTEGER NOT NULL", "name BLOB NOT NULL", "fingerprint TEXT NOT NULL"))
OUTPUT = Layout.of(("id INTEGER NOT NULL", "kind TEXT NOT NULL", "name TEXT NOT NULL", "identity TEXT NOT NULL"))
FAILURE = Layout.of(
    (
        *("sample INTEGER NOT NULL", "output INTEGER NOT NULL", "number INTEGER NOT NULL"),
        *("stage TEXT NOT NULL", "key TEXT", "reason TEXT NOT NULL"),
    )
)
SHARD = Layout.of(
    (
        *("listing TEXT NOT NULL", "place TEXT NOT NULL", "fingerprint TEXT NOT NULL"),
        *("number INTEGER NOT NULL", "count INTEGER NOT NULL", "start INTEGER NOT NULL", "stop INTEGER NOT NULL"),
        *("samples INTEGER NOT NULL", "done INTEGER NOT NULL"),
    )
)


def table_of(id_: int, kind: OutputKind) -> str:
    """The SQL that makes the table of an output."""
    columns = ", ".join(("sample INTEGER PRIMARY KEY", *COLUMNS[kind], SEAL))
    return f"CREATE TABLE output_{id_} ({columns})"


def seal(*row: Any) -> int:
    """A checksum of a row, and of all that says whose it is."""
    return zlib.crc32(repr(row).encode("utf-8", "backslashreplace"))


def encoded(name: str) -> bytes:
    """A sample's name as the file system has it."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a name that no file has
        return name.encode("utf-8", "surrogatepass")


def decoded(name: bytes) -> str:
    """The name of a file."""
    return name.decode("utf-8", "surrogateescape")
