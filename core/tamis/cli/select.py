"""``tamis select``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tamis.cli.loading import folder_of, load_config, load_datasets, load_tasks
from tamis.cli.options import (
    dataset_options,
    embedder_options,
    name_lists_options,
    other_datasets_options,
    run_options,
    task_option,
)
from tamis.cli.paths import PathParam, hold
from tamis.cli.report import report_option
from tamis.cli.saying import say
from tamis.cli.selecting import Data, is_empty, run_select
from tamis.cli.streams import standard_output

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions


@click.command()
@click.argument("config", type=PathParam())
@dataset_options(required=True)
@task_option
@embedder_options
@other_datasets_options
@click.option("-o", "--output", type=PathParam(), metavar="OUTDIR", help="Folder for the result files.")
@click.option("--report", is_flag=True, help="Write report.html to OUTDIR too: a page to look at.")
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of the names.")
@click.option(
    "--write-predictions",
    type=PathParam(),
    metavar="DIR",
    help="Write what auto tasks predict below DIR/.lightly/predictions.",
)
@name_lists_options
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="How much memory to take at the most; beyond it, vectors are in temporary files (default: no bound).",
)
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work on the candidates in N shards, by --jobs or --executor, for very many samples; the picks are the same.",
)
@click.option(
    "--approximate",
    metavar="shards=N,per_shard=M,recall=R",
    help="Select in two levels, for very many samples: M of each of N shards, and then from those; and look for "
    "neighbours in an index that finds a share of R. Each may be left out (default: exact).",
)
@click.option(
    "--save-tag",
    metavar="NAME",
    help="Store the selection as a tag of the dataset, in .lightly/tags, for later runs to name.",
)
@run_options
@click.pass_context
def select(
    ctx: click.Context,
    config: Path,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    tasks: tuple[str, ...],
    embedder: str,
    no_normalize: bool,
    datasets: tuple[str, ...],
    catalogue: Path | None,
    output: Path | None,
    report: bool,
    report_options: dict[str, Any],
    as_json: bool,
    write_predictions: Path | None,
    candidates: tuple[str, ...],
    exclude: tuple[str, ...],
    preselected: tuple[str, ...],
    memory: float | None,
    shards: int | None,
    approximate: str | None,
    save_tag: str | None,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Select samples as CONFIG says.

    CONFIG is a Lightly selection config: JSON, with or without comments, a Python literal, or YAML; - is standard
    input. Prints the names of the selected samples in the order picked; with -o, writes selected.txt, selection.json,
    errors.jsonl, and inputs and standings as .parquet (or .csv) to OUTDIR instead, for `tamis explain` and `tamis
    report` to read.
    """
    from tamis.config.choices import parse_choice, parse_options

    if report and not output:
        raise click.UsageError("--report goes with -o OUTDIR")
    if report_options and not report:
        raise click.UsageError("-O goes with --report")
    document = load_config(config, quiet=quiet)
    hold(write_predictions)
    if write_predictions:
        _check_room_for_predictions(write_predictions, document, lightly or Path(inputs[0]), tasks)
    settings = {
        "embedder": parse_choice(embedder, "embedder"),
        "normalize": not no_normalize,
        "datasets": load_datasets(datasets, catalogue),
        "memory": None if memory is None else memory * 1e9 // 1,
        "shards": shards,
        "approximate": None if approximate is None else parse_options(approximate.split(","), "approximate"),
        "query_images": folder_of(config),
    }
    selection = run_select(
        document,
        Data(inputs, lightly, annotations),
        tasks,
        output,
        options,
        strict,
        force,
        quiet,
        lists={"candidates": candidates, "exclude": exclude, "preselected": preselected},
        save_tag=save_tag,
        settings=settings,
        report=report_options if report else None,
    )
    if as_json:
        from tamis.writing import to_json

        click.echo(to_json(selection.manifest()), nl=False)
    elif not output:
        from tamis.data.names import name_lines

        with standard_output() as file:
            file.writelines(name_lines(selection.selected))
    if write_predictions:
        from tamis.dataset.writing import write_predictions as write

        made = {task["name"] for task in selection.config.get("auto_tasks", ())}
        used = [each for each in selection.predictions if each.schema.name in made]
        if not used and not quiet:
            say("note: no input uses an auto task, so there are no predictions to write")
        for predictions in used:
            folder = write(write_predictions, selection.dataset.samples, predictions)
            if not quiet:
                say(f"predictions -> {folder}")
    if is_empty(selection):
        ctx.exit(1)


def _check_room_for_predictions(target: Path, document: Any, lightly: Path, tasks: tuple[str, ...]) -> None:
    """Before they are made. Raises `OutputError` if there are some already."""
    from tamis.dataset.writing import check_predictions
    from tamis.planning.validating import validate

    for name in validate(document, lightly=lightly, tasks=load_tasks(tasks)).jobs:
        check_predictions(target, name)
