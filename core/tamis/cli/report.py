"""``tamis report``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.options import dataset_options, load_dataset
from tamis.cli.paths import PathParam
from tamis.cli.reporting import prints_to_stderr
from tamis.printable import printable

#: The export that writes it.
FORMAT = "report"


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.option(
    "-o", "--output", type=PathParam(), metavar="FILE", help="The HTML file (default: report.html in OUTDIR)."
)
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@dataset_options(required=False)
@click.option("--force", is_flag=True, help="Replace a report that is there already.")
@click.option("-q", "--quiet", is_flag=True, help="No notes; errors only.")
def report(
    folder: Path,
    output: Path | None,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    opens: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Show a selection beside chance, on one page to open in a browser.

    OUTDIR is what `tamis select -o` has written. The page needs no network: pictures are in it. Its numbers are written
    beside it as JSON. What OUTDIR doesn't hold is left out, such as a map of the vectors: `tamis select --report` has
    it. The images are opened where they were; --input, with --lightly and --annotations, says where they are now.
    """
    from tamis.discovery.registry import Registry
    from tamis.results.exporting import check
    from tamis.results.files import REPORT
    from tamis.results.selection import Selection

    if (lightly or annotations) and not inputs:
        raise click.UsageError("--lightly and --annotations go with --input")
    registry = Registry()
    target = output or folder / REPORT[0]
    check(FORMAT, str(target), {"force": force}, registry)
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet) if inputs else None
    with prints_to_stderr():
        selection = Selection.read(folder, dataset=dataset, registry=registry)
        notes = selection.export(FORMAT, target, registry=registry, force=force)
    if not quiet:
        for note in notes:
            click.echo(printable(note), err=True)
    if opens:
        open_page(target)


def open_page(path: Path) -> None:
    """Open a page in the browser. Raises `OutputError` if there is none."""
    import webbrowser

    from tamis.errors import OutputError

    if not webbrowser.open(path.absolute().as_uri()):
        raise OutputError(f"no browser could be started: open {str(path)!r} in one")
