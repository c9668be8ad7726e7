"""Opening the image in a row, and telling whether it has changed."""

from __future__ import annotations

import io
import threading
from typing import IO, Any

import attrs

from tamis.errors import DatasetError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.found import FoundImages
from tamis_plugins.parquet_rows.columns import Columns
from tamis_plugins.parquet_rows.rows import RowPlace, open_file, rows_of

_READ = threading.local()


@attrs.frozen(slots=False)
class ParquetImages(FoundImages):
    """Images in the rows of files.

    A worker reads the names in a file of this machine when it opens the first image in it. It keeps the row group that
    it has read last.

    Attributes:
        columns: Where in a row.
    """

    columns: Columns

    def _told(self) -> tuple[Any, ...]:
        return (self.layout, self.columns)

    def _place(self, name: str) -> tuple[File, RowPlace]:
        """The file and where in it. Raises `OSError`."""
        if name in self.known:
            path, place = self.known[name]
            return self.files.file(path), place
        path, called = self.layout.find(name)
        file = self.files.file(path)
        try:
            return file, rows_of(file, self.columns).place(called)
        except KeyError:
            raise OSError(f"{file.where} has no such row") from None
        except DatasetError as error:
            raise _for_an_image(error, str(error)) from error

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        file, place = self._place(name)
        content = _row_group(file, str(self.columns.bytes), place.group)[place.inside].as_buffer()
        if content is None:
            raise OSError("the row has no image")
        if not content.size:
            raise OSError("the image is empty")
        return io.BytesIO(content)

    def fingerprint(self, name: str) -> str | None:
        """Size of the file, its time of modification or ETag, and the row."""
        try:
            file, place = self._place(name)
            version = file.version()
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return None if version is None else f"{version}:{place.row}"


def _row_group(file: File, column: str, number: int) -> Any:
    """The images of a row group. Each thread keeps the last one, so that it is read once where they come in order."""
    import pyarrow

    wanted = (file, column, number, file.version())
    if getattr(_READ, "wanted", None) != wanted:
        _READ.wanted = _READ.images = None
        try:
            table = open_file(file).read_row_group(number, columns=[column], use_threads=False)
        except (pyarrow.ArrowException, DatasetError) as error:
            raise _for_an_image(error, f"{file.where}, row group {number}: {error}") from error
        found = table.column(0)
        if pyarrow.types.is_struct(found.type):
            found = table.flatten().column(0)
        _READ.images, _READ.wanted = found, wanted
    return _READ.images


def _for_an_image(error: Exception, reason: str) -> OSError:
    """An error about a file as that of an image in it. One that may pass, as of a server, keeps its number."""
    number = getattr(error.__cause__, "errno", None)
    return OSError(reason) if number is None else OSError(number, reason)
