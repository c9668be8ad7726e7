"""Opening files, and telling whether one has changed."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import attrs

from tamis import Images


@attrs.frozen
class LocalImages(Images):
    """Images that are files below a folder.

    Attributes:
        root: The folder.
    """

    root: str
    _identity: str = attrs.field(init=False, repr=False)

    @_identity.default
    def _where(self) -> str:
        return hashlib.sha256(os.fsencode(os.path.realpath(self.root))).hexdigest()[:16]

    @property
    def identity(self) -> str:
        """The folder, whatever links lead to it."""
        return self._identity

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The file. Raises `OSError` for what isn't a regular file: opening a FIFO would wait for ever."""
        path = self._file(name)
        status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        if not status.st_size:
            raise OSError("the file is empty")
        return open(path, "rb")  # noqa: PTH123 (the caller closes it)

    def fingerprint(self, name: str) -> str | None:
        """Size and time of modification; None if the file can't be had."""
        try:
            status = os.stat(self._file(name))  # noqa: PTH116
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return f"{status.st_size}:{status.st_mtime_ns}"

    def size(self, name: str) -> int | None:
        """As the system says it; None if the file can't be had, or is none."""
        try:
            status = os.stat(self._file(name))  # noqa: PTH116
        except (OSError, ValueError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def path(self, name: str) -> Path | None:
        """The file."""
        return Path(self._file(name))

    def _file(self, name: str) -> str:
        """Where it is: where there is no file of this name, that of the same in another Unicode form, if there is one.

        A list of names may come from a system that writes them otherwise.
        """
        path = f"{self.root}/{name}"
        if name.isascii() or os.path.lexists(path):
            return path
        others = (f"{self.root}/{unicodedata.normalize(form, name)}" for form in ("NFC", "NFD"))
        return next(filter(os.path.lexists, others), path)
