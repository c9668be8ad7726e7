"""Writing results: whole or not at all.

Files are written under temporary names beside their own and renamed when all of them are complete. In an output
folder ``selection.json`` is renamed last, so a folder that holds one holds a whole result.
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
from tamis.selection import Selection
from tamis.table import check_suffix

SELECTED, INPUTS, ERRORS, MANIFEST = "selected.txt", "inputs", "errors.jsonl", "selection.json"


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise `OutputError` if a result can't, or mustn't, be written to this folder; writes nothing."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"the output folder {str(folder)!r} is a file")
    if (folder / MANIFEST).exists() and not force:
        raise OutputError(f"{str(folder)!r} already holds a result: use --force to replace it")
    _check_writable(folder)


def check_file(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a table can't, or mustn't, be written to this file; writes nothing.

    Raises:
        MissingDependencyError: its format needs a package that isn't installed.
    """
    check_suffix(path.suffix)
    if path.is_dir():
        raise OutputError(f"the output file {str(path)!r} is a folder")
    if path.exists() and not force:
        raise OutputError(f"{str(path)!r} exists already: use --force to replace it")
    _check_writable(path.parent)


def write_selection(selection: Selection, folder: Path) -> None:
    """Write ``selected.txt``, ``inputs.parquet`` (``.csv`` without pyarrow), ``errors.jsonl``, ``selection.json``.

    Raises:
        OutputError: something can't be written; what was there before is still there.
    """
    try:
        check_suffix(suffix := ".parquet")
        stale = folder / f"{INPUTS}.csv"
    except MissingDependencyError:
        suffix = ".csv"
        stale = folder / f"{INPUTS}.parquet"
    with _replacing(folder) as write:
        write(SELECTED, lambda file: file.writelines(os.fsencode(name) + b"\n" for name in selection.selected))
        write(INPUTS + suffix, lambda file: selection.table().write(file, suffix))
        write(ERRORS, lambda file: file.writelines(error_lines(selection.failures)))
        write(MANIFEST, lambda file: file.write(to_json(selection.manifest()).encode("utf-8", "backslashreplace")))
    stale.unlink(missing_ok=True)


def write_file(path: Path, content: Callable[[IO[bytes]], Any]) -> None:
    """Write one file. Raises `OutputError`."""
    with _replacing(path.parent) as write:
        write(path.name, content)


def error_lines(failures: Iterable[Failure]) -> Iterator[bytes]:
    """A JSON object on a line for each failure."""
    for failure in failures:
        line = json.dumps(attrs.asdict(failure), ensure_ascii=False)
        yield line.encode("utf-8", "backslashreplace") + b"\n"


def to_json(data: Any) -> str:
    """JSON for people to read."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _check_writable(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{str(existing)!r} can't be written to")


Writer = Callable[[str, Callable[[IO[bytes]], Any]], None]


@contextmanager
def _replacing(folder: Path) -> Iterator[Writer]:
    """Take files for a folder, and put them there when all are complete; otherwise leave no trace."""
    made = [parent for parent in (folder, *folder.absolute().parents) if not parent.exists()]
    waiting: dict[Path, Path] = {}

    def write(name: str, content: Callable[[IO[bytes]], Any]) -> None:
        temporary = folder / f".{name}.{secrets.token_hex(4)}.tmp"
        with temporary.open("xb") as file:
            waiting[temporary] = folder / name
            content(file)
            file.flush()
            os.fsync(file.fileno())

    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield write
        for temporary, final in waiting.items():
            temporary.replace(final)
    except BaseException as error:
        for temporary in waiting:
            temporary.unlink(missing_ok=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        if isinstance(error, OSError):
            where = error.filename2 or error.filename or folder
            raise OutputError(f"can't write {str(where)!r}: {error.strerror or error}") from error
        raise
