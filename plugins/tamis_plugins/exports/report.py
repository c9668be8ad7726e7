"""A report to look at: one HTML file that opens from disk, offline, in any current browser; and its numbers as JSON.

What was selected is put beside the input and a random choice of the same size: counts from the input to the selection
with what each threshold removed, diversity, coverage and balance, the picks in order with their reasons, those that
came next, those just inside and just outside each threshold, what failed, the distribution of every number and category
that the config uses, classes of predictions, and a map of the vectors.

The target is the HTML file. The JSON beside it has its name with ``.json``, and the keys of LightlyOne's
``report_v2.json`` as far as there is something to tell. What is there already is left as it is, and the export refused,
unless ``force`` is true. Of a selection that was read back, what its folder doesn't hold is left out, and the report
says so: vectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tamis import Export, Params, Selection, check_output, hookimpl, output_files


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write both files, whole or not at all."""
    from tamis_plugins.report.document import document
    from tamis_plugins.report.facts import Facts
    from tamis_plugins.report.page import page
    from tamis_plugins.report.shown import Shown
    from tamis_plugins.report.thumbnails import Thumbnails

    check(target, options)
    facts = Facts.of(selection)
    shown = Shown.of(facts, options["thumbnails"])
    thumbnails = Thumbnails.of(facts.dataset, shown.rows, options["thumbnails"], options.get("size"))
    html = page(facts, shown, thumbnails, options["points"])
    with output_files(beside(target), target, force=options["force"]) as (numbers, shows):
        numbers.write(document(facts, shown).encode())
        shows.write(html.encode())
    yield from facts.notes
    yield f"report -> {target}"


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    for path in (target, beside(target)):
        check_output(path, force=options["force"])


def beside(target: str) -> str:
    """Where the JSON goes."""
    path = Path(target)
    return str(path.with_suffix(".json") if path.suffix.lower() in (".html", ".htm") else f"{path}.json")


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare report."""
    count = {"type": "integer", "minimum": 0}
    schema = {
        "properties": {
            "thumbnails": {**count, "default": 500, "description": "Pictures at the most."},
            "size": {
                "type": "integer",
                "minimum": 16,
                "maximum": 1024,
                "description": "The longer side of a picture in pixels; by default 192 of few to 96 of many.",
            },
            "points": {**count, "minimum": 1, "default": 100_000, "description": "Points on a map at the most."},
            "force": {"type": "boolean", "default": False, "description": "Replace what is there already."},
        }
    }
    return [Export("report", write, check=check, schema=schema, doc=__doc__ or "")]
