"""``tamis report``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tamis.cli.loading import load_dataset
from tamis.cli.options import dataset_options
from tamis.cli.paths import PathParam
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr

#: The export that writes it.
FORMAT = "report"
#: For each command that writes one.
report_option = click.option(
    "-O",
    "--option",
    "report_options",
    multiple=True,
    callback=lambda _, __, texts: _parsed(texts),
    metavar="OPTION=VALUE",
    help="An option of the report, such as thumbnails=50 or without='[\"map\"]'. Repeatable; "
    "`tamis plugins show report` lists them.",
)


def _parsed(texts: Sequence[str]) -> dict[str, Any]:
    """The options of an export."""
    from tamis.config.choices import parse_options

    return parse_options(list(texts), "export") if texts else {}


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.option(
    "-o", "--output", type=PathParam(), metavar="FILE", help="The HTML file (default: report.html in OUTDIR)."
)
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@dataset_options(required=False)
@click.option(
    "--store",
    type=PathParam(),
    metavar="DIR",
    help="Where the vectors of the run are kept, for the map (default: where its command has kept them).",
)
@report_option
@click.option("--force", is_flag=True, help="Replace a report that is there already.")
@click.option("-q", "--quiet", is_flag=True, help="No notes; errors only.")
def report(
    folder: Path,
    output: Path | None,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    opens: bool,
    store: Path | None,
    report_options: dict[str, Any],
    force: bool,
    quiet: bool,
) -> None:
    """Show a selection beside chance, on one page to open in a browser.

    OUTDIR is what `tamis select -o` has written. The page needs no network: pictures are in it. Its numbers are written
    beside it as JSON. Vectors, for the map, are taken from the store or the file where the run had them; what can't be
    had again is left out, and the page says why. The images are opened where they were; --input, with --lightly and
    --annotations, says where they are now.
    """
    from tamis.discovery.registry import Registry
    from tamis.results.exporting import check
    from tamis.results.folder import REPORT
    from tamis.results.selection import Selection

    if (lightly or annotations) and not inputs:
        raise click.UsageError("--lightly and --annotations go with --input")
    registry = Registry()
    target = output or folder / REPORT[0]
    given = {**report_options, "force": force}
    check(FORMAT, str(target), given, registry)
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet) if inputs else None
    with prints_to_stderr():
        selection = Selection.read(folder, dataset=dataset, registry=registry, store=store)
        notes = selection.export(FORMAT, target, registry=registry, **given)
    if not quiet:
        for note in notes:
            say(note)
    if opens:
        open_page(target)


def open_page(path: Path) -> None:
    """Open a page in the browser. Raises `OutputError` if there is none."""
    import webbrowser

    from tamis.errors import OutputError

    if not webbrowser.open(path.absolute().as_uri()):
        raise OutputError(f"no browser could be started: open {str(path)!r} in one")
