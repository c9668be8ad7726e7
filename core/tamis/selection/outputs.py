"""Writing results: whole or not at all.

Files are written under temporary names beside their own and renamed when all of them are complete. In an output
folder an old ``selection.json`` is removed before the first and the new one put there last, so a folder that holds one
holds a whole result.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import attrs

from tamis.errors import MissingDependencyError, OutputError
from tamis.failure import Failure
from tamis.selection.result import Selection
from tamis.table import check_suffix

SELECTED, ERRORS, MANIFEST = "selected.txt", "errors.jsonl", "selection.json"
#: The names of the tables, less their suffix, and which it can be.
TABLES = INPUTS, STANDINGS = "inputs", "standings"
FORMATS = ".parquet", ".csv"


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise `OutputError` if a result can't, or mustn't, be written to this folder; writes nothing."""
    with _complaining(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"the output folder {str(folder)!r} is a file")
        _check_writable(folder)
        for name in (MANIFEST, SELECTED, ERRORS, *(f"{table}{suffix}" for table in TABLES for suffix in FORMATS)):
            _check_target(folder / name, force=force)


def check_file(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a table can't, or mustn't, be written to this file; writes nothing.

    Raises:
        MissingDependencyError: its format needs a package that isn't installed.
    """
    check_suffix(path.suffix)
    with _complaining(path):
        _check_writable(path.resolve().parent)
        for target in (path, errors_file(path)):
            _check_target(target, force=force)


def write_selection(selection: Selection, folder: Path) -> None:
    """Write ``selected.txt``, ``inputs.parquet``, ``standings.parquet``, ``errors.jsonl`` and ``selection.json``.

    The tables are ``.csv`` files without pyarrow.

    Raises:
        OutputError: something can't be written.
    """
    suffix, other = FORMATS
    try:
        check_suffix(suffix)
    except MissingDependencyError:
        suffix, other = other, suffix
    with _replacing(folder, instead_of=(MANIFEST, *(table + other for table in TABLES))) as write:
        write(SELECTED, lambda file: file.writelines(name_lines(selection.selected)))
        write(INPUTS + suffix, lambda file: selection.table().write(file, suffix))
        write(STANDINGS + suffix, lambda file: selection.standings().write(file, suffix))
        write(ERRORS, lambda file: file.writelines(error_lines(selection.failures)))
        write(MANIFEST, lambda file: file.write(to_json(selection.manifest()).encode("utf-8", "backslashreplace")))


def check_target(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a file can't, or mustn't, be written; writes nothing."""
    with _complaining(path):
        _check_writable(path.resolve().parent)
        _check_target(path, force=force)


def write_file(path: Path, content: Callable[[IO[bytes]], Any]) -> None:
    """Write one file; where a link stands, the file that it leads to. Raises `OutputError`."""
    path = path.resolve()
    with _replacing(path.parent) as write:
        write(path.name, content)


def errors_file(path: Path) -> Path:
    """Where what failed goes, for a table written to ``path``."""
    return path.with_name(f"{path.name}.errors.jsonl")


def name_lines(samples: Iterable[str]) -> Iterator[bytes]:
    """A line for each name, whatever its encoding."""
    return (os.fsencode(name) + b"\n" for name in samples)


def error_lines(failures: Iterable[Failure]) -> Iterator[bytes]:
    """A JSON object on a line for each failure."""
    for failure in failures:
        line = json.dumps(attrs.asdict(failure), ensure_ascii=False)
        yield line.encode("utf-8", "backslashreplace") + b"\n"


def to_json(data: Any) -> str:
    """JSON for people to read."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _check_target(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise OutputError(f"{str(path)!r} is a folder, where a file is to be written")
    if path.exists() and not force:
        what = "already holds a result" if path.name == MANIFEST else "exists already"
        where = path.parent if path.name == MANIFEST else path
        raise OutputError(f"{str(where)!r} {what}: use --force to replace it")


def _check_writable(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{str(existing)!r} can't be written to")


@contextmanager
def _complaining(path: Path) -> Iterator[None]:
    """Turn what the system refuses into an `OutputError`."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or path
        raise OutputError(f"can't write {str(where)!r}: {error.strerror or error}") from error


Writer = Callable[[str, Callable[[IO[bytes]], Any]], None]


@contextmanager
def _replacing(folder: Path, instead_of: Iterable[str] = ()) -> Iterator[Writer]:
    """Take files for a folder, and put them there when all are complete; otherwise leave no trace.

    Files named by ``instead_of`` are removed first: a manifest that is gone says that the rest is not whole.
    """
    made = [parent for parent in (folder, *folder.absolute().parents) if not parent.exists()]
    lock = folder / ".tamis-writing"
    locked = False
    waiting: dict[Path, Path] = {}

    def write(name: str, content: Callable[[IO[bytes]], Any]) -> None:
        temporary = folder / f".{name}.{secrets.token_hex(4)}.tmp"
        with temporary.open("xb") as file:
            waiting[temporary] = folder / name
            content(file)
            file.flush()
            os.fsync(file.fileno())

    with _complaining(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield write
            try:
                lock.touch(exist_ok=False)
            except FileExistsError:
                raise OutputError(f"another run is writing there; if none is, remove {str(lock)!r}") from None
            locked = True
            for name in instead_of:
                (folder / name).unlink(missing_ok=True)
            for temporary, final in waiting.items():
                temporary.replace(final)
        except BaseException:
            for temporary in waiting:
                temporary.unlink(missing_ok=True)
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()
            raise
        finally:
            if locked:
                lock.unlink(missing_ok=True)
