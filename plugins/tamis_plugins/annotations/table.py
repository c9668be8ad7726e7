"""A table of metadata: CSV, JSON lines, Parquet or Arrow, with a row for each sample.

The location is the file, a path or a URL as the source ``url`` takes them: ``.csv``, ``.tsv``, ``.jsonl`` (``.ndjson``,
or a list of objects in ``.json``), ``.parquet``, ``.arrow`` (``.feather``, ``.ipc``); the last two kinds need the extra
``parquet``. ``column`` says which one has the names of the samples; by default the first that is named ``sample``,
``filename``, ``file_name``, ``file``, ``path``, ``filepath``, ``image``, ``image_path`` or ``url``. A name is that of a
sample, or a path or URL that ends with it, or the end of it, if that is clear.

Each other column is a metadata field under its name: numbers for WEIGHTS and THRESHOLD, all else categories. What a
column of text holds is inferred from all of it and said in a note; ``types`` says otherwise, such as
``types={"zip":"category"}``. Dates as ISO 8601 has them are numbers, seconds since 1970 in UTC; of a date ``taken``
there are also the categories ``taken.month`` (01 to 12) and ``taken.hour`` (00 to 23). An empty cell, or null, is no
value; among numbers, so are NA, N/A, nan, null and none, in any case, and inf, which is no finite number. In a column
that isn't one of numbers, such words are categories. CSV is UTF-8, or UTF-16 with a byte order mark. Objects in JSON
lines are fields ``a.b``. Columns of lists or bytes are passed over, as are columns named ``sample``, ``selected`` and
``rank``, which results have.
"""

from __future__ import annotations

from tamis import AnnotationFormat, Params, hookimpl
from tamis_plugins.anywhere.finding import ACCESS, file_there
from tamis_plugins.tables.file import name_column
from tamis_plugins.tables.metadata import TableMetadata
from tamis_plugins.tables.opening import open_table
from tamis_plugins.tables.types import TYPES


def read(location: str, options: Params) -> TableMetadata:
    """Open the table; of CSV, Parquet and Arrow that is its header."""
    table = open_table(file_there(location, "table", options), options.get("types", {}), options.get("delimiter"))
    return TableMetadata(table, name_column(table.where, table.columns, options.get("column")))


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare table."""
    schema = {
        "properties": {
            "column": {"type": "string", "minLength": 1, "description": "The one with the names of the samples."},
            "types": {
                "type": "object",
                "additionalProperties": {"enum": list(TYPES)},
                "description": "What columns hold, where it isn't what they look like.",
            },
            "delimiter": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1,
                "description": "What stands between the values of a CSV file; by default what does in its header.",
            },
            **ACCESS,
        }
    }
    return [AnnotationFormat("table", read, schema=schema, doc=__doc__ or "")]
