"""``tamis export``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.paths import PathParam
from tamis.cli.reporting import prints_to_stderr
from tamis.printable import printable


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.argument("format_", metavar="FORMAT")
@click.argument("target")
@click.argument("options", nargs=-1, metavar="[OPTION=VALUE...]")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="[LABEL=]LOCATION",
    help="Where the images are now, if they aren't where they were.",
)
@click.option("--force", is_flag=True, help="Replace what is there already: the option force of FORMAT.")
@click.option("-q", "--quiet", is_flag=True, help="No notes; errors only.")
def export(
    folder: Path,
    format_: str,
    target: str,
    options: tuple[str, ...],
    inputs: tuple[str, ...],
    force: bool,
    quiet: bool,
) -> None:
    """Carry a selection to where it is needed.

    OUTDIR is what `tamis select -o` has written. FORMAT is an installed export (`tamis plugins --kind export`), such as
    files, which copies or links the selected images to TARGET; `tamis plugins show FORMAT` tells its options.
    """
    from tamis.config.choices import parse_options
    from tamis.dataset.inputs import open_inputs
    from tamis.discovery.registry import Registry
    from tamis.results.exporting import export as carry
    from tamis.results.selection import Selection

    registry = Registry()
    given = parse_options(list(options), "export")
    if force:
        given["force"] = True
    with prints_to_stderr():
        dataset = open_inputs(inputs, (), registry) if inputs else None
        selection = Selection.read(folder, dataset=dataset, registry=registry)
        notes = carry(selection, format_, target, given, registry, folder)
    if not quiet:
        for note in notes:
            click.echo(printable(note), err=True)
