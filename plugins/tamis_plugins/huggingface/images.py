"""Opening the image in a row, and telling whether it has changed."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import attrs

from tamis import Images
from tamis.errors import DatasetError
from tamis_plugins.anywhere.reading import read_at
from tamis_plugins.huggingface.saved import positions_of
from tamis_plugins.huggingface.stream import places_of
from tamis_plugins.local_files.images import LocalImages
from tamis_plugins.parquet_rows.columns import Columns


@attrs.frozen
class SavedImages(Images):
    """Images in the rows of a folder, read where they lie in its files.

    It holds neither names nor positions: it travels with the work. A worker reads the names when it opens the first
    image.

    Attributes:
        folder: The folder.
        columns: Where in it.
        stamp: `SavedRows.stamp`, as it was listed.
    """

    folder: str
    columns: Columns
    stamp: str

    @property
    def identity(self) -> str:
        """The folder, and the columns of images and names."""
        return hashlib.sha256(pickle.dumps((self.folder, self.columns))).hexdigest()[:16]

    def _place(self, name: str) -> tuple[str, int, int, str | None]:
        """The file, position and size in it; of an image that is elsewhere, its path."""
        try:
            file, row = positions_of(self.folder, self.columns, self.stamp).find(name)
            places = places_of(file, self.columns)
            offset, size = int(places.offsets[row]), int(places.sizes[row])
        except (KeyError, IndexError):
            raise OSError(f"{self.folder} has no such row") from None
        except DatasetError as error:
            raise OSError(str(error)) from error
        return file, offset, size, places.paths[row] if offset < 0 and places.paths else None

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Its bytes."""
        file, offset, size, path = self._place(name)
        if offset < 0:
            return _open(path)
        if not size:
            raise OSError("the image is empty")
        return io.BytesIO(read_at(file, offset, size))

    def fingerprint(self, name: str) -> str | None:
        """Size and time of modification of the file, and the position in it."""
        try:
            file, offset, size, path = self._place(name)
            if offset < 0:
                return _fingerprint(path)
            status = os.stat(file)  # noqa: PTH116
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return f"{status.st_size}:{status.st_mtime_ns}:{offset}:{size}"

    def size(self, name: str) -> int | None:
        """As the folder's files say it."""
        try:
            _, offset, size, path = self._place(name)
        except (OSError, ValueError):
            return None
        return _size(path) if offset < 0 else size


@attrs.frozen(eq=False)
class LoadedImages(Images):
    """Images of a dataset in memory, which stays in its process.

    Attributes:
        rows: A table of one row, with the members ``bytes`` and ``path``, by its number.
        positions: The number of each row, by its name.
        stamp: What changes when the dataset does; None if nothing is to be stored of it.
    """

    rows: Any
    positions: Mapping[str, int]
    stamp: str | None
    shareable = False

    @property
    def identity(self) -> str | None:
        """The fingerprint that `datasets` gives."""
        return self.stamp and f"datasets {self.stamp}"

    def _row(self, name: str) -> tuple[int, Any, str | None]:
        if name not in self.positions:
            raise OSError("the dataset has no such row")
        row = self.positions[name]
        table = self.rows[row]
        path = table.column(1)[0].as_py() if table.num_columns > 1 else None
        if path and "://" not in path:
            path = str(Path(path).absolute())  # as `datasets` opens it
        return row, table.column(0)[0].as_buffer(), path

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Its bytes."""
        _, content, path = self._row(name)
        if content is None:
            return _open(path)
        if not content.size:
            raise OSError("the image is empty")
        return io.BytesIO(content)

    def fingerprint(self, name: str) -> str | None:
        """The number of the row; of an image that is elsewhere, that of its file."""
        try:
            row, content, path = self._row(name)
        except OSError:
            return None
        return str(row) if content is not None else _fingerprint(path)

    def size(self, name: str) -> int | None:
        """That of its bytes."""
        try:
            _, content, path = self._row(name)
        except OSError:
            return None
        return content.size if content is not None else _size(path)


def _is_file(path: str) -> bool:
    return Path(path).is_absolute() and "://" not in path


def _open(path: str | None) -> AbstractContextManager[IO[bytes]]:
    """An image that isn't in its row. Raises `OSError`."""
    if not path:
        raise OSError("the row has no image")
    if not _is_file(path):
        raise OSError(f"the row has no image, only the name of one: {path}")
    images, name = _local(path)
    return images.open(name)


def _local(path: str) -> tuple[LocalImages, str]:
    """The folder of such a file, and its name there."""
    folder, name = os.path.split(path)
    return LocalImages(folder), name


def _fingerprint(path: str | None) -> str | None:
    """That of such a file."""
    if not path or not _is_file(path):
        return None
    images, name = _local(path)
    return images.fingerprint(name)


def _size(path: str | None) -> int | None:
    """That of such a file."""
    if not path or not _is_file(path):
        return None
    images, name = _local(path)
    return images.size(name)
