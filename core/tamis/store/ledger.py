"""The ledger: one SQLite file, opened with care.

It is never written to unless it is certain to be ours, whole, and of a version that this program knows. Readers and one
writer may use it at a time (write-ahead logging).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tamis.errors import StoreError

#: In the file's header, so that a store is known by more than its name: "tami".
APPLICATION_ID = 0x74616D69

#: What makes each version of the schema out of the one before; a new ledger gets all of them. Never edit one that was
#: released: append another.
MIGRATIONS = (
    "-- Version 1 is not brought up to date: see SEALED.",
    """
    CREATE TABLE sample (
        id INTEGER PRIMARY KEY,
        name BLOB NOT NULL,         -- as the file system has it: names need not be text
        fingerprint TEXT NOT NULL,  -- of the content: what has changed is another sample here
        seal INTEGER,               -- here and elsewhere: a checksum of the row
        UNIQUE (name, fingerprint)
    );
    CREATE TABLE output (           -- each has a table "output_<id>" with a row for each sample
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        identity TEXT NOT NULL,     -- plugins, versions, parameters: all that its values depend on beside the content
        seal INTEGER,
        UNIQUE (kind, name, identity)
    );
    CREATE TABLE failure (          -- why an output of a sample is missing; in the order of number
        sample INTEGER NOT NULL,
        output INTEGER NOT NULL,
        number INTEGER NOT NULL,
        stage TEXT NOT NULL,
        key TEXT,
        reason TEXT NOT NULL,
        PRIMARY KEY (sample, output, number)
    ) WITHOUT ROWID;
    CREATE TABLE part (             -- files of vectors
        output INTEGER NOT NULL,
        number INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (output, number)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE shard (            -- shards of datasets whose samples have an output, or are getting it
        output INTEGER NOT NULL,
        listing TEXT NOT NULL,      -- a digest of the names of the whole dataset
        place TEXT NOT NULL,        -- the identity of its images
        fingerprint TEXT NOT NULL,  -- the kind of fingerprint of their content
        number INTEGER NOT NULL,
        count INTEGER NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        samples INTEGER NOT NULL,
        done INTEGER NOT NULL,
        seal INTEGER,
        PRIMARY KEY (output, listing, place, fingerprint, number, count)
    ) WITHOUT ROWID;
    """,
)

#: The first version whose rows have checksums. What a store of before holds can't be told from what was damaged: it is
#: dropped, and measured anew.
SEALED = 2


def schema() -> frozenset[str]:
    """The SQL of all tables but those of outputs, as a ledger of the newest version has it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in MIGRATIONS:
            connection.executescript(migration)
        return frozenset(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))


LEDGER, CLAIM, VECTORS = "ledger.db", "writing.db", "vectors"
#: All that is ever in the folder of a store, in the order in which it is removed.
OURS = (f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}-journal", LEDGER, VECTORS, f"{CLAIM}-journal", CLAIM)


def exists(folder: Path) -> bool:
    """Whether there is a store. Raises `StoreError` if there is something else."""
    with complaining(folder):
        if not folder.exists():
            return False
        if not folder.is_dir():
            raise StoreError(f"the store {str(folder)!r} is a file: name a folder")
        found = {path.name for path in folder.iterdir()}
    if LEDGER in found:
        return True
    if found - set(OURS):
        raise StoreError(f"{str(folder)!r} holds other files and no store: name a new or an empty folder for it")
    return False


def check_plain(folder: Path) -> None:
    """Raise `StoreError` if something in the folder is a link, which may lead anywhere, a device or the like."""
    for name in OURS:
        path = folder / name
        is_plain = (path.is_dir() if name == VECTORS else path.is_file()) and not path.is_symlink()
        if os.path.lexists(path) and not is_plain:
            raise damaged(folder, f"{name} is not a plain file or folder")


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection | None]:
    """The ledger, of the newest version; None if it is only being made. Raises `StoreError`."""
    check_plain(folder)
    with ExitStack() as stack:
        with complaining(folder):
            writable = _is_writable(folder)
            connection = stack.enter_context(closing(_connect(folder / LEDGER, only_read=not writable)))
            if 0 < (version := _version(connection, folder)) < len(MIGRATIONS):
                if not writable:
                    raise StoreError(
                        f"the store {str(folder)!r} was written by an older version of tamis, and can't be brought up "
                        "to date where it can't be written to: name another folder, or use no store"
                    )
                with claimed(folder):
                    _migrate(connection, folder)
        yield connection if version else None


@contextmanager
def writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """The ledger for the one writer, made if there is none.

    Raises:
        StoreError: it can't be used.
        StoreInUseError: there is another writer.
    """
    if exists(folder):
        check_plain(folder)
    with ExitStack() as stack:
        with complaining(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / LEDGER).exists() and not _is_writable(folder):
                raise StoreError(
                    f"the store {str(folder)!r} lacks something that this run needs, and can't be written to: use one "
                    "that can be, or none"
                )
            stack.enter_context(claimed(folder))
            connection = stack.enter_context(closing(_connect(folder / LEDGER)))
            if _version(connection, folder) < len(MIGRATIONS):
                _migrate(connection, folder)
        yield connection


class StoreInUseError(StoreError):
    """Another run is writing."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the right to write. The lock is the system's on a file, and goes when the process does, however it ends."""
    with closing(sqlite3.connect(folder / CLAIM, timeout=0, isolation_level=None)) as claim:
        try:
            claim.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreInUseError(
                    f"another run is writing to the store {str(folder)!r}: wait for it, or use no store"
                ) from None
            raise
        yield


@contextmanager
def complaining(folder: Path) -> Iterator[None]:
    """Turn what SQLite or the system says into a `StoreError` that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        said = str(error)
        if "disk I/O" in said or "full" in said:
            raise StoreError(
                f"the store {str(folder)!r} can't be written to ({said}): is the disk full? "
                f"Make room, or use another store or none; {KEPT}"
            ) from error
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"the store {str(folder)!r} can't be used: {said}") from error
        raise damaged(folder, said) from error
    except UnicodeDecodeError as error:  # of what SQLite says, or of a text
        raise damaged(folder, "a text is none") from error
    except OSError as error:
        where = error.filename or folder
        raise StoreError(f"the store can't use {str(where)!r}: {error.strerror or error}; {KEPT}") from error


KEPT = "what was stored before is kept"


def damaged(folder: Path, what: str) -> StoreError:
    """The error about a store that is not as it was left."""
    return StoreError(
        f"the store {str(folder)!r} is damaged ({what}): remove it (tamis store clear), or name another folder"
    )


def _is_writable(folder: Path) -> bool:
    """Whether a ledger can be opened as usual, for which even a reader makes files beside it."""
    return os.access(folder, os.W_OK | os.X_OK) and os.access(folder / LEDGER, os.W_OK)


def _connect(path: Path, *, only_read: bool = False) -> sqlite3.Connection:
    """Open it. What can only be read is taken as nobody changes it meanwhile: SQLite then makes no file beside it."""
    where = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1" if only_read else os.fspath(path)
    connection = sqlite3.connect(where, timeout=30, isolation_level=None, check_same_thread=False, uri=only_read)
    try:
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, folder: Path) -> int:
    """The version of its schema. Raises `StoreError` if the file isn't ours, or is newer than this program."""
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise damaged(folder, str(error)) from error
    if not application and not tables:
        return 0  # made just now, or by a process that ended then
    if application != APPLICATION_ID:
        raise StoreError(f"{str(folder / LEDGER)!r} is no store of tamis: name another folder")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store {str(folder)!r} was written by a newer version of tamis: update tamis, or name another folder"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, folder: Path) -> None:
    """Bring the schema up to date, whole or not at all."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if 0 < version < SEALED:
            tables = connection.execute("SELECT replace(name, '\"', '\"\"') FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                connection.execute(f'DROP TABLE "{table}"')
            shutil.rmtree(folder / VECTORS, ignore_errors=True)
        for migration in MIGRATIONS[version:]:
            for statement in migration.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
