"""The selected samples as a table: CSV, JSON lines or Parquet (extra ``parquet``), as the target's suffix says.

There is a row for each sample, in the order picked, with ``sample``, ``rank``, and every number and category that the
config used: those of metrics and metadata, the classes of distributions, and what strategies compute. With ``all`` all
samples of the dataset are there, in its order; ``rank`` is then empty for those that were not picked, and ``selected``
is 0. Vectors are left out.

Names are as they are. A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula: with
``for_spreadsheets`` such a name or category has an apostrophe before it.
What is at the target already is kept, and the export refused, unless ``force`` is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from tamis import Export, Params, Selection, hookimpl, output_file
from tamis_plugins.selected.values import values_of
from tamis_plugins.targets.replacing import FORCE, check_apart, check_file


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the table, whole or not at all."""
    check_apart(target, selection, options)
    table = selection.table() if options["all"] else values_of(selection)
    if options["for_spreadsheets"]:
        table = table.for_spreadsheets()
    suffix = f".{options['suffix']}" if "suffix" in options else PurePath(target).suffix
    with output_file(target, force=options["force"]) as file:
        table.write(file, suffix)
    yield f"{len(table)} rows -> {target}"


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare table."""
    schema = {
        "properties": {
            "suffix": {"enum": ["csv", "jsonl", "parquet"], "description": "In place of the target's own."},
            "all": {"type": "boolean", "default": False, "description": "All samples, not those selected only."},
            "for_spreadsheets": {
                "type": "boolean",
                "default": False,
                "description": "An apostrophe before what would be a formula there.",
            },
            "force": FORCE,
        },
        "examples": [{"suffix": "csv"}, {"suffix": "jsonl", "all": True}, {"suffix": "parquet"}],
    }
    return [Export("table", write, check=check_file, schema=schema, doc=__doc__ or "")]
