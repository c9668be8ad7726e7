"""Opening the image in a row, and telling whether it has changed."""

from __future__ import annotations

import io
import os
import threading
from typing import IO, Any

import attrs
import numpy as np

from tamis import Images
from tamis.errors import DatasetError
from tamis_plugins.local_files.patterns import Layout
from tamis_plugins.parquet_rows.columns import Columns
from tamis_plugins.parquet_rows.rows import open_file, rows_of

_READ = threading.local()


@attrs.frozen
class ParquetImages(Images):
    """Images in one file, or in several in a folder.

    It holds no names: it travels with the work. A worker reads the names of a file when it opens the first image in it,
    and keeps the row group that it has read last.

    Attributes:
        layout: Which file a sample is in.
        columns: Where in it.
    """

    layout: Layout
    columns: Columns

    def _place(self, name: str) -> tuple[str, int, int, int]:
        """The file, the row in it, its row group and the row in that."""
        path, called = self.layout.find(name)
        try:
            rows = rows_of(path, self.columns)
            row = rows.positions[called]
        except KeyError:
            raise OSError(f"{path} has no such row") from None
        except DatasetError as error:
            raise OSError(str(error)) from error
        group = int(np.searchsorted(rows.starts, row, side="right")) - 1
        return path, row, group, row - int(rows.starts[group])

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        path, _, group, row = self._place(name)
        content = _row_group(path, str(self.columns.bytes), group)[row].as_buffer()
        if content is None:
            raise OSError("the row has no image")
        if not content.size:
            raise OSError("the image is empty")
        return io.BytesIO(content)

    def fingerprint(self, name: str) -> str | None:
        """Size and time of modification of the file, and the row."""
        try:
            path, row, _, _ = self._place(name)
            status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return f"{status.st_size}:{status.st_mtime_ns}:{row}"


def _row_group(path: str, column: str, number: int) -> Any:
    """The images of a row group. Each thread keeps the last one, so that it is read once where they come in order."""
    import pyarrow

    status = os.stat(path)  # noqa: PTH116
    wanted = (path, column, number, status.st_size, status.st_mtime_ns)
    if getattr(_READ, "wanted", None) != wanted:
        _READ.wanted = _READ.images = None
        try:
            table = open_file(path).read_row_group(number, columns=[column], use_threads=False)
        except (pyarrow.ArrowException, DatasetError) as error:
            raise OSError(f"{path}, row group {number}: {error}") from error
        found = table.column(0)
        if pyarrow.types.is_struct(found.type):
            found = table.flatten().column(0)
        _READ.images, _READ.wanted = found, wanted
    return _READ.images
