"""``tamis select``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tamis.cli.options import PathParam, dataset_options, load_dataset, run_options
from tamis.cli.reporting import progress, report_failures


@click.command()
@click.argument("config", type=PathParam())
@dataset_options(required=True)
@click.option("-o", "--output", type=PathParam(), metavar="OUTDIR", help="Folder for the result files.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of the names.")
@run_options
def select(
    config: Path,
    images: Path,
    lightly: Path | None,
    output: Path | None,
    as_json: bool,
    jobs: int,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Select samples as CONFIG says.

    CONFIG is a Lightly selection config as JSON. Prints the names of the selected samples in the order picked;
    with -o, writes selected.txt, selection.json, inputs.parquet (or .csv) and errors.jsonl to OUTDIR instead.
    """
    run_select(config, images, lightly, output, as_json, jobs, strict, force, quiet)


def run_select(
    config: Path,
    images: Path,
    lightly: Path | None,
    output: Path | None,
    as_json: bool,
    jobs: int,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """What the command does."""
    from tamis.config import read_config
    from tamis.outputs import ERRORS, check_folder, to_json, write_selection
    from tamis.registry import Registry
    from tamis.selecting import select as run

    document = read_config(config)
    if output:
        check_folder(output, force=force)
    dataset = load_dataset(images, lightly, quiet=quiet)
    with progress(quiet=quiet) as callback:
        selection = run(dataset, document, registry=Registry(), progress=callback, jobs=jobs, strict=strict)
    if output:
        write_selection(selection, output)
    if as_json:
        click.echo(to_json(selection.manifest()), nl=False)
    elif not output:
        click.echo(b"".join(os.fsencode(name) + b"\n" for name in selection.selected), nl=False)
    report_failures(selection.failures, output / ERRORS if output else None)
    if quiet:
        return
    for note in selection.notes:
        click.echo(f"note: {note}", err=True)
    where = f" -> {output}" if output else ""
    click.echo(f"selected {len(selection.picks)} of {len(dataset)} samples{where}", err=True)
