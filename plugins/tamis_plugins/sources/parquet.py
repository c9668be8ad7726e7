"""Rows of Parquet files: images in a column, or no images at all; the other columns are metadata.

The location is a file; several, ``data/train-{00000..00009}.parquet`` or ``data/train-*.parquet``; or, as
``parquet:data``, all of a folder. It needs the extra ``parquet``.

Images are the bytes of files in a binary column, or in the member ``bytes`` of a struct, as Hugging Face writes them;
``image`` says which column, where several could be. Samples are named by ``column``; by default by the first that is
named ``sample``, ``filename``, ``file_name``, ``file``, ``path``, ``filepath``, ``image``, ``image_path``, ``url`` or
``__key__`` and holds text; else by the ``path`` in the images, if each has one of its own; else by the number of the
row. Where there are several files, that comes before: ``train-00000/cat.jpg``.

Without a column of images a config can use what needs none: metadata, annotations, vectors from files. All other
columns of numbers, text and dates are metadata under their names, Hugging Face's ClassLabel with the names of the
classes. Row groups are read one by one, in order, each once by a worker that measures images in it. An image is known
again by size and time of its file, and its row.
"""

from __future__ import annotations

from typing import Any

from tamis import Listing, Params, Source, hookimpl
from tamis.errors import DatasetError
from tamis_plugins.local_files.patterns import Layout, files_at
from tamis_plugins.parquet_rows.columns import find_columns
from tamis_plugins.parquet_rows.images import ParquetImages
from tamis_plugins.parquet_rows.rows import open_file, rows_of
from tamis_plugins.parquet_rows.table import NAME, ParquetTable
from tamis_plugins.tables.metadata import TableMetadata

SUFFIX = ".parquet"


def list_rows(location: str, options: Params) -> Listing:
    """Read the schema, and the names."""
    files = [path.absolute() for path in files_at(location, SUFFIX)]
    layout, prefixes = Layout.of(files)
    schema = open_file(str(files[0])).schema_arrow
    columns = find_columns(schema, str(files[0]), options.get("image"), options.get("column"))
    names: list[str] = []
    parts: list[int] = []
    for path, prefix in zip(files, prefixes, strict=True):
        _same(schema, path)
        rows = rows_of(str(path), columns)
        parts += (rows.starts[:-1] + len(names)).tolist()
        names += [f"{prefix}{name}" for name in rows.names] if prefix else rows.names
    if not names:
        raise DatasetError(f"the input {location!r} has no row")
    table = ParquetTable(location, list(zip(files, prefixes, strict=True)), columns)
    return Listing(
        names,
        ParquetImages(layout, columns) if columns.image is not None else None,
        parts=sorted(set(parts) - {len(names)}),
        annotations=[TableMetadata(table, NAME)],
    )


def _same(schema: Any, path: Any) -> None:
    """Raise `DatasetError` unless a file has the columns of the first."""
    other = open_file(str(path)).schema_arrow
    if set(other.names) != set(schema.names):
        lacking = ", ".join(sorted(set(schema.names) ^ set(other.names)))
        raise DatasetError(f"{path}: not the columns of the other files: {lacking}")


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare parquet."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "image": {**text, "description": "The column of images."},
            "column": {**text, "description": "The column of the samples' names."},
        }
    }
    return [Source("parquet", list_rows, suffixes=(SUFFIX,), schema=schema, doc=__doc__ or "")]
