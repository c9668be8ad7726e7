"""Writing files: whole or not at all.

Files are written under temporary names beside their own, and renamed when all of them are complete.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import attrs

from tamis.data.failure import Failure
from tamis.data.table import check_suffix
from tamis.errors import OutputError

#: Writes the content of one file.
Content = Callable[[IO[bytes]], Any]

#: What to do about something that is there already.
FORCE = "use --force to replace it"


def check_target(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a file can't, or mustn't, be written; writes nothing."""
    with complaining(path):
        check_writable(path.resolve().parent)
        check_replaceable(path, force=force)


def check_table(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a table can't, or mustn't, be written to this file; writes nothing.

    Raises:
        MissingDependencyError: its format needs a package that isn't installed.
    """
    check_suffix(path.suffix)
    for target in (path, errors_file(path)):
        check_target(target, force=force)


def check_writable(folder: Path) -> None:
    """Raise `OutputError` if no file can be made in this folder, or if it isn't there, in the one to hold it."""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{str(existing)!r} can't be written to")


def check_replaceable(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if something stands there that mustn't be replaced."""
    if path.is_dir():
        raise OutputError(f"{str(path)!r} is a folder, where a file is to be written")
    if path.exists() and not force:
        raise OutputError(f"{str(path)!r} exists already: {FORCE}")


def write_file(path: Path, content: Content) -> None:
    """Write one file; where a link stands, the file that it leads to. Raises `OutputError`."""
    path = path.resolve()
    with replacing(path.parent) as write:
        write(path.name, content)


def check_output(target: str | os.PathLike[str], *, force: bool, folder: bool = False) -> None:
    """Raise `OutputError` if `output_file`, or `output_folder`, would refuse this target; writes nothing."""
    path = Path(target)
    if not folder:
        check_target(path, force=force)
        return
    with complaining(path):
        if path.exists() and not path.is_dir():
            raise OutputError(f"{str(path)!r} is a file, where a folder is to be made")
        check_writable(path.absolute().parent)
        if path.is_dir() and any(path.iterdir()) and not force:
            raise OutputError(f"{str(path)!r} exists already, and isn't empty: {FORCE}")


@contextmanager
def output_file(target: str | os.PathLike[str], *, force: bool) -> Iterator[IO[bytes]]:
    """A file to write, which is there under its name when it is whole, or not at all.

    Args:
        target: Its path; where a link stands, the file that it leads to is written.
        force: Whether to replace a file that is there already.

    Raises:
        OutputError: it can't, or mustn't, be written.
    """
    check_output(target, force=force)
    path = Path(target).resolve()
    made = _missing(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with complaining(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            _remove_empty(made)
            raise


@contextmanager
def output_folder(target: str | os.PathLike[str], *, force: bool) -> Iterator[Path]:
    """A new folder to fill, which is there under its name when it is whole, or not at all.

    Args:
        target: Its path.
        force: Whether to replace a folder that is there already, as a whole, if it isn't empty.

    Raises:
        OutputError: it can't, or mustn't, be written.
    """
    check_output(target, force=force, folder=True)
    path = Path(target).absolute()
    made = _missing(path.parent)
    token = secrets.token_hex(4)
    temporary, replaced = (path.with_name(f".{path.name}.{token}.{end}") for end in ("tmp", "old"))
    with complaining(path):
        try:
            temporary.mkdir(parents=True)
            yield temporary
            if path.exists():
                path.rename(replaced)
            temporary.rename(path)
        except BaseException:
            if replaced.exists() and not path.exists():
                replaced.rename(path)
            shutil.rmtree(temporary, ignore_errors=True)
            _remove_empty(made)
            raise
        shutil.rmtree(replaced, ignore_errors=True)


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made for this one to be there, itself first."""
    return [parent for parent in (folder, *folder.parents) if not parent.exists()]


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def errors_file(path: Path) -> Path:
    """Where what failed goes, for a table written to ``path``."""
    return path.with_name(f"{path.name}.errors.jsonl")


def error_lines(failures: Iterable[Failure]) -> Iterator[bytes]:
    """A JSON object on a line for each failure."""
    for failure in failures:
        line = json.dumps(attrs.asdict(failure), ensure_ascii=False)
        yield line.encode("utf-8", "backslashreplace") + b"\n"


def to_json(data: Any) -> str:
    """JSON for people to read."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def complaining(path: Path) -> Iterator[None]:
    """Turn what the system refuses into an `OutputError`."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or path
        raise OutputError(f"can't write {str(where)!r}: {error.strerror or error}") from error


@contextmanager
def replacing(
    folder: Path, instead_of: Iterable[str] = (), check: Callable[[], None] = lambda: None
) -> Iterator[Callable[[str, Content], None]]:
    """Take files for a folder, and put them there when all are complete; otherwise leave no trace.

    They are put there in the order written. Files named by ``instead_of`` are removed first. Before anything is, and
    while nothing else is put there, ``check`` may raise `OutputError`.
    """
    made = _missing(folder.absolute())
    lock = folder / ".tamis-writing"
    locked = False
    waiting: dict[Path, Path] = {}

    def write(name: str, content: Content) -> None:
        temporary = folder / f".{name}.{secrets.token_hex(4)}.tmp"
        with temporary.open("xb") as file:
            waiting[temporary] = folder / name
            content(file)
            file.flush()
            os.fsync(file.fileno())

    with complaining(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield write
            try:
                lock.touch(exist_ok=False)
            except FileExistsError:
                raise OutputError(f"another run is writing there; if none is, remove {str(lock)!r}") from None
            locked = True
            check()
            for name in instead_of:
                (folder / name).unlink(missing_ok=True)
            for temporary, final in waiting.items():
                temporary.replace(final)
        except BaseException:
            for temporary in waiting:
                temporary.unlink(missing_ok=True)
            _remove_empty(made)
            raise
        finally:
            if locked:
                lock.unlink(missing_ok=True)
