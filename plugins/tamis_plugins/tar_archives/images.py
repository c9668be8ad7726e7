"""Opening an image in an archive, and telling whether it has changed."""

from __future__ import annotations

import io
import os
import tarfile
from typing import IO

import attrs

from tamis import Images
from tamis_plugins.local_files.patterns import Layout
from tamis_plugins.tar_archives.members import members_of
from tamis_plugins.tar_archives.reading import read_at


@attrs.frozen
class TarImages(Images):
    """Images in one archive, or in several in a folder.

    It holds neither names nor positions: it travels with the work. A worker reads the headers of an archive when it
    opens the first image in it.

    Attributes:
        layout: Which archive a sample is in.
    """

    layout: Layout

    def _place(self, name: str) -> tuple[str, int, int]:
        archive, member = self.layout.find(name)
        try:
            return archive, *members_of(archive).images[member]
        except KeyError:
            raise OSError(f"{archive} has no such member") from None
        except tarfile.ReadError as error:
            raise OSError(f"{archive}: {error}") from error

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        archive, offset, size = self._place(name)
        if not size:
            raise OSError("the file is empty")
        return io.BytesIO(read_at(archive, offset, size))

    def fingerprint(self, name: str) -> str | None:
        """Size and time of modification of the archive, and the position in it."""
        try:
            archive, offset, size = self._place(name)
            status = os.stat(archive)  # noqa: PTH116
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return f"{status.st_size}:{status.st_mtime_ns}:{offset}:{size}"
