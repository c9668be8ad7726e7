"""Workspaces: hidden folders in which outputs are made, and from which they are put in place together.

A workspace is in the folder of its outputs. First everything is written there. Then a note of what goes where is
written beside it: from that moment on the new outputs count. A run that is killed before it leaves what was there; one
that is killed after it, while files are moved, is finished by whoever comes next.

A workspace is locked by its process. The lock is the system's, and goes when the process does, so that what is left
over can be told from what is under way.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PREFIX = ".tamis-"
#: In a workspace: what is to be put in place, what that replaces, and the note.
NEW, OLD, NOTE = "new", "old", "note.json"


def destination(path: str | os.PathLike[str]) -> Path:
    """The place that a path leads to, by links or not; itself, if these lead in a circle."""
    return Path(os.path.realpath(path))


@contextmanager
def workspace(folder: Path) -> Iterator[Workspace]:
    """One in a folder that is there, which is gone in the end; what others have left over is dealt with first."""
    with ExitStack() as stack:
        with locked(folder):  # so that nobody takes it for left over before it is locked
            _recover(folder)
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
            stack.callback(shutil.rmtree, path, ignore_errors=True)
            stack.enter_context(locked(path))
        (path / NEW).mkdir()
        yield Workspace(folder, path)


class Workspace:
    """A place to make outputs of one folder."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder, self._path = folder, path

    def place(self, name: str) -> Path:
        """Where an output of this name is to be made."""
        return self._path / NEW / name

    def commit(self, names: Iterable[str], gone: Iterable[str], check: Callable[[], None]) -> None:
        """Put outputs in place, in this order, once what is to be ``gone`` is; ``check`` may raise before that.

        Other processes wait meanwhile with theirs.
        """
        with locked(self._folder):
            _recover(self._folder)
            check()
            note = {"gone": list(gone), "new": list(names)}
            draft = self._path / f"{NOTE}.draft"
            with draft.open("x", encoding="utf-8") as file:
                json.dump(note, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path / NOTE)
            _finish(self._folder, self._path)


def recover(folder: Path) -> None:
    """Finish what a process was about to put in place as it ended, and remove what it had not come to.

    What can't be changed stays as it is. A workspace of another user is none of ours.
    """
    with suppress(OSError):
        if any(folder.glob(f"{PREFIX}*")):
            with locked(folder, wait=False):  # whoever has it has done so
                _recover(folder)


def _recover(folder: Path) -> None:
    """The same, with the lock of the folder."""
    with suppress(OSError):
        for path in sorted(folder.glob(f"{PREFIX}*")):
            status = path.lstat()
            if stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid()):
                with suppress(OSError, ValueError, KeyError, TypeError), locked(path, wait=False):
                    if (path / NOTE).is_file():
                        _finish(folder, path)
                    shutil.rmtree(path)


def _finish(folder: Path, path: Path) -> None:
    """Do what a note says, or the rest of it."""
    note = json.loads((path / NOTE).read_text(encoding="utf-8"))
    if any(Path(name).name != name for name in (*note["gone"], *note["new"])):
        raise ValueError("a name leads out of the folder")
    for name in note["gone"]:
        (folder / name).unlink(missing_ok=True)
    for name in note["new"]:
        made, final = path / NEW / name, folder / name
        if not os.path.lexists(made):
            continue  # it is in place
        if final.is_dir() and not final.is_symlink():
            (path / OLD).mkdir(exist_ok=True)
            final.replace(path / OLD / name)
        made.replace(final)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a folder. Raises `BlockingIOError` if another process does, and this isn't to wait for it.

    Where the system has no such locks, waiting ends at once, and what is left over stays.
    """
    try:
        import fcntl
    except ImportError:
        if not wait:
            raise OSError("there are no locks") from None
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another has it; or a file system without locks
            if not wait:
                raise
        yield
    finally:
        os.close(handle)
