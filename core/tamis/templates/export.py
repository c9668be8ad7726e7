"""A text file with the rank and the name of each selected sample, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Export, Params, Selection, check_output, hookimpl, output_file


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the file, whole or not at all; what is yielded is told to the user."""
    with output_file(target, force=options["force"]) as file:
        for name, rank in selection.ranks.items():
            file.write(f"{rank}{options['separator']}{name}\n".encode("utf-8", "surrogateescape"))
    yield f"{len(selection.selected)} samples -> {target}"


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already, before the work whose result it is to hold."""
    check_output(target, force=options["force"])


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare the export."""
    schema = {
        "properties": {
            "separator": {"type": "string", "default": "\t", "description": "What is between rank and name."},
            "force": {"type": "boolean", "default": False, "description": "Replace what is there already."},
        }
    }
    return [Export("template_key", write, check=check, schema=schema, doc=__doc__ or "")]
