"""``tamis export``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from tamis.cli.paths import PathParam
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.argument("format_", metavar="FORMAT")
@click.argument("target")
@click.argument("options", nargs=-1, metavar="[OPTION=VALUE...]")
@click.option(
    "--annotations",
    "annotations",
    multiple=True,
    metavar="[NAME=]FORMAT:LOCATION",
    help="Where the annotations are now, in place of those that there were.",
)
@click.option("--lightly", type=PathParam(), metavar="DIR", help="Folder that holds .lightly/ now.")
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
    lightly: Path | None,
    annotations: tuple[str, ...],
    force: bool,
    quiet: bool,
) -> None:
    """Carry a selection to where it is needed.

    OUTDIR is what `tamis select -o` has written. FORMAT is an installed export (`tamis plugins --kind export`), such as
    files, which copies or links the selected images to TARGET; `tamis plugins show FORMAT` tells its options.
    """
    from tamis.config.choices import parse_options
    from tamis.dataset.relocating import relocated
    from tamis.discovery.registry import Registry
    from tamis.results.exporting import export as carry
    from tamis.results.selection import Selection

    registry = Registry()
    given = parse_options(list(options), "export")
    if force:
        given["force"] = True

    def tell(notes: Iterable[str]) -> None:
        for note in () if quiet else notes:
            say(note)

    with prints_to_stderr():
        selection = Selection.read(folder, registry=registry)
        if inputs or annotations or lightly is not None:
            origin = selection.manifest().get("dataset", {})
            dataset, notes = relocated(
                origin, selection.samples, registry, inputs=inputs, annotations=annotations, lightly=lightly
            )
            tell(notes)
            selection = Selection.read(folder, dataset=dataset, registry=registry)
        notes = carry(selection, format_, target, given, registry, folder)
    tell(notes)
