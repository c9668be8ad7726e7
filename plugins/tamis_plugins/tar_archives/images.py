"""Opening an image in an archive, and telling whether it has changed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import IO

import attrs

from tamis import Images
from tamis_plugins.anywhere.found import FoundImages
from tamis_plugins.anywhere.spans import Spanned
from tamis_plugins.tar_archives.members import members_of


@attrs.frozen(slots=False)
class TarImages(FoundImages):
    """Images in archives. A worker reads the headers of one of this machine when it opens the first image in it."""

    def _place(self, name: str) -> tuple[str, int, int]:
        """The path of an archive, and where in it. Raises `OSError`."""
        if name in self.known:
            return self.known[name]
        path, member = self.layout.find(name)
        archive = self.files.file(path)
        try:
            return path, *members_of(archive).images[member]
        except KeyError:
            raise OSError(f"{archive.where} has no such member") from None
        except tarfile.ReadError as error:
            raise OSError(f"{archive.where}: {error}") from error

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        path, offset, size = self._place(name)
        if not size:
            raise OSError("the file is empty")
        return io.BytesIO(self.files.file(path).read(offset, size))

    def fingerprint(self, name: str) -> str | None:
        """Size of the archive, its time of modification or ETag, and the position in it."""
        try:
            path, offset, size = self._place(name)
            version = self.files.file(path).version()
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return None if version is None else f"{version}:{offset}:{size}"

    def size(self, name: str) -> int | None:
        """As the archive says it."""
        try:
            return self._place(name)[2]
        except (OSError, ValueError):
            return None

    def reading(self, names: Sequence[str]) -> AbstractContextManager[Images]:
        """On a server, those that lie beside each other together, several ahead of the one that is measured."""
        if not self.files.at_once:
            return nullcontext(self)
        places: dict[str, tuple[str, int, int]] = {}
        for name in names:
            with suppress(OSError):  # it is said when the image is opened
                places[name] = self._place(name)
        return Spanned(self, self.files, places)
