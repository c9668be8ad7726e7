"""Writing files: whole or not at all.

All of them are made in a workspace beside their place, and put there when they are complete: see `workspaces`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import attrs

from tamis.data.failure import Failure
from tamis.data.table import Table, check_suffix
from tamis.errors import OutputError
from tamis.workspaces import Workspace, destination, recover, workspace

#: Writes the content of one file.
Content = Callable[[IO[bytes]], Any]

#: What to do about something that is there already.
FORCE = "use --force to replace it, in Python force=True"


def check_target(path: Path, *, force: bool) -> None:
    """Raise `OutputError` if a file can't, or mustn't, be written; writes nothing."""
    with complaining(path):
        folder = destination(path).parent
        recover(folder)  # as what a killed run was about to put there counts
        check_writable(folder)
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


def write_file(path: Path, content: Content, *, force: bool) -> None:
    """Write one file; where a link stands, the file that it leads to. Raises `OutputError`."""
    write_together({path: content}, force=force)


def write_table(path: Path, table: Table, *, force: bool) -> None:
    """Write a table, and what failed beside it; if nothing did, what is there of an earlier table is removed.

    Raises:
        OutputError: they can't, or mustn't, be written.
    """
    contents: dict[Path, Content] = {path: lambda file: table.write(file, path.suffix)}
    errors = errors_file(path)
    if table.failures:
        contents[errors] = lambda file: file.writelines(error_lines(table.failures))
    write_together(contents, () if table.failures else (errors,), force=force)


def write_together(contents: Mapping[Path, Content], gone: Iterable[Path] = (), *, force: bool) -> None:
    """Write files that belong together: those of one folder are all there, or none. Raises `OutputError`.

    Args:
        contents: By path; where a link stands, the file that it leads to is written.
        gone: Files that don't belong to the new ones, and are removed.
        force: Whether to replace files that are there already.
    """
    found = {destination(path): content for path, content in contents.items()}
    lost = [destination(path) for path in gone]

    def check(folder: Path) -> None:
        for path in found:
            if path.parent == folder:
                check_replaceable(path, force=force)

    with ExitStack() as stack:
        for folder in dict.fromkeys(path.parent for path in (*found, *lost)):
            here = [path.name for path in lost if path.parent == folder]
            if any(path.parent == folder for path in found) or any((folder / name).exists() for name in here):
                write = stack.enter_context(replacing(folder, here, partial(check, folder)))
                for path, content in found.items():
                    if path.parent == folder:
                        write(path.name, content)


def check_output(target: str | os.PathLike[str], *, force: bool, folder: bool = False) -> None:
    """Raise `OutputError` if `output_file`, or `output_folder`, would refuse this target; writes nothing."""
    path = Path(target)
    if not folder:
        check_target(path, force=force)
        return
    with complaining(path):
        recover(path.absolute().parent)
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
    with output_files(target, force=force) as (file,):
        yield file


@contextmanager
def output_files(*targets: str | os.PathLike[str], force: bool) -> Iterator[tuple[IO[bytes], ...]]:
    """Files that belong together: those of one folder are there under their names when all are whole, or none is.

    Args:
        targets: Their paths; where a link stands, the file that it leads to is written.
        force: Whether to replace files that are there already.

    Raises:
        OutputError: one can't, or mustn't, be written.
    """
    for target in targets:
        check_output(target, force=force)
    paths = [destination(target) for target in targets]
    with ExitStack() as stack:
        spaces = {
            folder: stack.enter_context(_workspace_of(folder)) for folder in {path.parent: None for path in paths}
        }
        with ExitStack() as opened:
            files = [opened.enter_context(spaces[path.parent].place(path.name).open("xb")) for path in paths]
            yield tuple(files)
            for file in files:
                file.flush()
                os.fsync(file.fileno())
        for folder, space in spaces.items():
            here = [path for path in paths if path.parent == folder]
            space.commit([path.name for path in here], (), partial(_check_replaceable, here, force=force))


def _check_replaceable(paths: Iterable[Path], *, force: bool) -> None:
    for path in paths:
        check_replaceable(path, force=force)


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
    with _workspace_of(path.parent) as space:
        space.place(path.name).mkdir()
        yield space.place(path.name)
        space.commit((path.name,), (), lambda: check_output(path, force=force, folder=True))


@contextmanager
def _workspace_of(folder: Path) -> Iterator[Workspace]:
    """A workspace in a folder, which is made if it isn't there, and is gone again if an error is raised."""
    made = _missing(folder.absolute())
    with complaining(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with workspace(folder) as space:
                yield space
        except BaseException:
            _remove_empty(made)
            raise


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
    names: list[str] = []
    with _workspace_of(folder) as space:

        def write(name: str, content: Content) -> None:
            with space.place(name).open("xb") as file:
                content(file)
                file.flush()
                os.fsync(file.fileno())
            names.append(name)

        yield write
        space.commit(names, instead_of, check)
