"""A report to look at: one HTML file that opens from disk, offline, in any current browser; and its numbers as JSON.

What was selected is put beside the input and a random choice of the same size: counts from the input to the selection
with what each threshold removed, diversity, coverage and balance, the picks in order with their reasons, those that
came next, those just inside and just outside each threshold, what failed, the distribution of every number and category
that the config uses, classes of predictions, and a map of the vectors. Each part is a section, a plugin of its own; a
section that fails costs the page only itself.

It describes datasets of which nothing was selected, too: what was measured, examples, classes, a map, and issues.

The target is the HTML file. The JSON beside it has its name with ``.json``, and the keys of LightlyOne's
``report_v2.json`` as far as there is something to tell. What is there already is left as it is, and the export refused,
unless ``force`` is true. Of a selection that was read back, vectors are had again without opening an image,
where they can be; what can't be had is left out, and the report says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tamis import Export, Params, Registry, Selection, Subject, check_output, hookimpl, output_files


def write(selection: Selection, target: str, options: Params, registry: Registry) -> Iterator[str]:
    """Write both files of a selection, whole or not at all."""
    return describe(Subject.of_selection(selection), target, options, registry)


def describe(subject: Subject, target: str, options: Params, registry: Registry) -> Iterator[str]:
    """Write both files of what is known of a dataset, and of what was selected if anything was."""
    from tamis_plugins.report.document import document
    from tamis_plugins.report.page import arranged, page, pictured
    from tamis_plugins.report.thumbnails import Thumbnails
    from tamis_plugins.statistics.facts import Facts

    check(target, options, registry)
    made = subject.make_sections(
        options.get("sections"), without=options["without"], also=options["also"], registry=registry
    )
    parts = arranged(subject, made, options["thumbnails"])
    thumbnails = Thumbnails.of(subject.dataset, pictured(subject, parts), options["thumbnails"], options.get("size"))
    html = page(subject, parts, thumbnails, options["points"])
    with output_files(beside(target), target, force=options["force"]) as (numbers, shows):
        numbers.write(document(subject.once(Facts.of)).encode())
        shows.write(html.encode())
    yield from subject.notes
    if thumbnails.note:
        yield thumbnails.note
    if subject.selection and not subject.selection.selected:
        yield "nothing was selected: the report is about what there was to choose from"
    yield from (
        f"no {part.section.title!r} in the report: {part.section.problem}" for part in parts if part.section.problem
    )
    yield f"report -> {target}"


def check(target: str, options: Params, registry: Registry) -> None:
    """Refuse sections that there are not, and a target that is there already."""
    Subject.check_sections(options.get("sections"), without=options["without"], also=options["also"], registry=registry)
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
            "sections": {
                "type": "array",
                "items": {"type": ["string", "object"]},
                "description": "Sections in the order of the page, each a NAME, NAME:OPTION=VALUE,... or an object "
                "with type; by default all that are installed and usual.",
            },
            "also": {
                "type": "array",
                "items": {"type": ["string", "object"]},
                "default": [],
                "description": "Sections beside the usual ones, such as umap, or usual ones with other options.",
            },
            "without": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Names of sections to leave out.",
            },
            "force": {"type": "boolean", "default": False, "description": "Replace what is there already."},
        }
    }
    return [Export("report", write, describe=describe, check=check, schema=schema, doc=__doc__ or "")]
