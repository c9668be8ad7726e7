"""Rows of Parquet files: images in a column, or no images at all; the other columns are metadata.

The location is a file; several, ``data/train-{00000..00009}.parquet`` or ``data/train-*.parquet``; or, as
``parquet:data``, all of a folder. It needs the extra ``parquet``.

Each of these may be a URL, as ``url`` takes them, with its extras and credentials: ``s3://bucket/train-*.parquet``.
With options, name the source: ``parquet:s3://bucket/train.parquet,anonymous=true``. Of a file on a server only what is
needed is read: its end, the column of names, columns of metadata that a config uses, and each row group's images, once.

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

from tamis import Listing, Params, Source, hookimpl, without_secrets
from tamis.errors import DatasetError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, files_at
from tamis_plugins.anywhere.layout import Layout
from tamis_plugins.parquet_rows.columns import Columns, find_columns, without_images
from tamis_plugins.parquet_rows.images import ParquetImages
from tamis_plugins.parquet_rows.rows import RowPlace, Rows, open_file, rows_of
from tamis_plugins.parquet_rows.table import NAME, ParquetTable
from tamis_plugins.remote.connecting import ALL
from tamis_plugins.tables.metadata import TableMetadata

SUFFIX = ".parquet"


def list_rows(location: str, options: Params) -> Listing:
    """Read the schema, and the names."""
    found = files_at(location, SUFFIX, options)
    layout, prefixes = Layout.of(found.paths)
    files = [found.files.file(path) for path in found.paths]
    schema = open_file(files[0]).schema_arrow
    columns = find_columns(schema, files[0].where, options.get("image"), options.get("column"))
    names: list[str] = []
    parts: list[int] = []
    known: dict[str, tuple[str, RowPlace]] = {}
    for file, path, prefix in zip(files, found.paths, prefixes, strict=True):
        rows = _rows(file, schema, columns)
        parts += (rows.starts[:-1] + len(names)).tolist()
        names += [f"{prefix}{name}" for name in rows.names] if prefix else rows.names
        if found.files.at_once and columns.image is not None:
            known |= {f"{prefix}{name}": (path, rows.place(name)) for name in rows.names}
    if not names:
        raise DatasetError(f"the input {without_secrets(location)!r} has no row")
    table = ParquetTable(without_secrets(location), list(zip(files, prefixes, strict=True)), columns)
    groups = sorted(set(parts) - {len(names)})
    return Listing(
        names,
        ParquetImages(layout, found.files, columns, known=known) if columns.image is not None else None,
        imageless=without_images(schema, files[0].where) if columns.image is None else "",
        parts=groups,
        units=groups,
        annotations=[TableMetadata(table, NAME)],
    )


def _rows(file: File, schema: Any, columns: Columns) -> Rows:
    """The rows of a file. Raises `DatasetError` unless it has the columns of the first."""
    other = open_file(file).schema_arrow
    if set(other.names) != set(schema.names):
        lacking = ", ".join(sorted(set(schema.names) ^ set(other.names)))
        raise DatasetError(f"{file.where}: not the columns of the other files: {lacking}")
    try:
        return rows_of(file, columns)
    except OSError as error:
        raise DatasetError(f"{file.where}: can't be read: {error.strerror or error}") from error


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare parquet."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "image": {**text, "description": "The column of images."},
            "column": {**text, "description": "The column of the samples' names."},
            **ACCESS,
        }
    }
    return [
        Source(
            "parquet",
            list_rows,
            schemes=ALL,
            endings=(SUFFIX,),
            suffixes=(SUFFIX,),
            schema=schema,
            doc=__doc__ or "",
        )
    ]
