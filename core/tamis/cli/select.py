"""``tamis select``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tamis.cli.options import (
    PathParam,
    dataset_options,
    load_dataset,
    load_tasks,
    run_options,
    task_option,
)
from tamis.cli.reporting import progress, report_failures

if TYPE_CHECKING:
    from tamis.selection.result import Selection


@click.command()
@click.argument("config", type=PathParam())
@dataset_options(required=True)
@task_option
@click.option("-o", "--output", type=PathParam(), metavar="OUTDIR", help="Folder for the result files.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of the names.")
@click.option(
    "--write-predictions",
    type=PathParam(),
    metavar="DIR",
    help="Write what auto tasks predict below DIR/.lightly/predictions.",
)
@run_options
def select(
    config: Path,
    images: Path,
    lightly: Path | None,
    tasks: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    write_predictions: Path | None,
    jobs: int,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Select samples as CONFIG says.

    CONFIG is a Lightly selection config as JSON. Prints the names of the selected samples in the order picked;
    with -o, writes selected.txt, selection.json, inputs.parquet (or .csv) and errors.jsonl to OUTDIR instead.
    """
    selection = run_select(config, images, lightly, tasks, output, jobs, strict, force, quiet)
    if as_json:
        from tamis.selection.outputs import to_json

        click.echo(to_json(selection.manifest()), nl=False)
    elif not output:
        click.echo(b"".join(os.fsencode(name) + b"\n" for name in selection.selected), nl=False)
    if write_predictions:
        from tamis.lightly.prediction_writing import write_predictions as write

        if not selection.plan.jobs and not quiet:
            click.echo("note: no input uses an auto task, so there are no predictions to write", err=True)
        for predictions in selection.predictions:
            if predictions.schema.name in selection.plan.jobs:
                folder = write(write_predictions, selection.dataset.samples, predictions)
                if not quiet:
                    click.echo(f"predictions -> {folder}", err=True)


def run_select(
    config: Path,
    images: Path,
    lightly: Path | None,
    tasks: tuple[str, ...],
    output: Path | None,
    jobs: int,
    strict: bool,
    force: bool,
    quiet: bool,
) -> Selection:
    """Select, write the result if there is a place for it, and report."""
    from tamis.config.reading import read_config
    from tamis.discovery.registry import Registry
    from tamis.selection.outputs import ERRORS, check_folder, write_selection
    from tamis.selection.select import select as run

    document, auto_tasks = read_config(config), load_tasks(tasks)
    if output:
        check_folder(output, force=force)
    dataset = load_dataset(images, lightly, quiet=quiet)
    with progress(quiet=quiet) as callback:
        selection = run(
            dataset, document, registry=Registry(), progress=callback, jobs=jobs, strict=strict, tasks=auto_tasks
        )
    if output:
        write_selection(selection, output)
    report_failures(selection.failures, output / ERRORS if output else None)
    if not quiet:
        for note in selection.notes:
            click.echo(f"note: {note}", err=True)
        where = f" -> {output}" if output else ""
        click.echo(f"selected {len(selection.picks)} of {len(dataset)} samples{where}", err=True)
    return selection
