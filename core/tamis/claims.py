"""Claims: a run holds the place of its output from its beginning, so that another one says so before its work.

A claim is a hidden empty folder beside the output, or in the nearest folder that is there, and locked: see
`workspaces`. It goes with the process, so what a killed run leaves is in nobody's way.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tamis.errors import OutputError
from tamis.workspaces import PREFIX, destination, locked


@contextmanager
def claimed(*targets: str | os.PathLike[str]) -> Iterator[None]:
    """Hold the places of outputs, files or folders, meanwhile.

    Where that can't be done, as on a system without locks, nothing is held: two runs are then told apart when the
    second puts its output in place.

    Raises:
        OutputError: another run holds one of them.
    """
    with ExitStack() as stack:
        for path in dict.fromkeys(map(destination, targets)):
            try:
                _claim(path, stack)
            except BlockingIOError:
                raise OutputError(
                    f"another run is writing {str(path)!r}: wait for it, or choose another place"
                ) from None
        yield


def _claim(path: Path, stack: ExitStack) -> None:
    """Hold one beside it, or in it where nothing can be made beside it. Raises `BlockingIOError` if another does."""
    name = f"{PREFIX}{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"
    for folder in (next((parent for parent in path.parents if parent.is_dir()), path), path):
        try:
            _hold(folder / name, stack)
        except BlockingIOError:
            raise
        except OSError:  # nobody may write there, or there are no locks
            continue
        return


def _hold(claim: Path, stack: ExitStack) -> None:
    with locked(claim.parent):  # so that nobody takes it for left over before it is locked
        claim.mkdir(exist_ok=True)
        try:
            stack.enter_context(locked(claim, wait=False))
        except BlockingIOError:
            raise
        except OSError:
            claim.rmdir()
            raise
    stack.callback(_remove, claim)


def _remove(claim: Path) -> None:
    """Once nobody can be about to lock it."""
    with suppress(OSError), locked(claim.parent):
        claim.rmdir()
