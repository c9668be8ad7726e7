"""``tamis compute``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tamis.cli.loading import load_dataset
from tamis.cli.options import dataset_options, run_options, spreadsheets_option
from tamis.cli.paths import PathParam, hold
from tamis.cli.reporting import progress, report_failures
from tamis.cli.shards import shard_option, sharded
from tamis.cli.streams import standard_output
from tamis.cli.summary import print_summary

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.cli.shards import Which


@click.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@dataset_options(required=True)
@click.option(
    "--task", metavar="NAME", help="Measure the objects of this prediction task, and print a row for each of them."
)
@click.option("-o", "--output", type=PathParam(), metavar="FILE", help="A .parquet, .csv or .jsonl file.")
@spreadsheets_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of CSV or text: a line for each sample.")
@click.option(
    "--summary",
    is_flag=True,
    help="Print a summary of each KEY instead: range, quantiles and distribution, or the commonest categories. With "
    "-o, the table is written, too.",
)
@shard_option
@run_options
def compute(
    keys: tuple[str, ...],
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    task: str | None,
    output: Path | None,
    for_spreadsheets: bool,
    as_json: bool,
    summary: bool,
    shard: Which | None,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Measure KEYs, such as lightly.sharpness, on every image, or on every object of a task.

    Of images, a KEY may also be of the samples' metadata. Prints a table as CSV, or writes it to FILE, and what failed
    to FILE.errors.jsonl if anything did.
    """
    from tamis.discovery.registry import Registry
    from tamis.measuring.compute import compute as run
    from tamis.writing import check_table, errors_file, to_json, write_table

    if output:
        hold(output)
        check_table(output, force=force)
    registry = Registry()
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    dataset = sharded(dataset, shard, options, quiet=quiet)
    used = options.arguments(inputs, quiet=quiet)
    with progress(quiet=quiet) as callback:
        table = run(dataset, keys, task=task, registry=registry, progress=callback, strict=strict, **used)
    written = table.for_spreadsheets() if for_spreadsheets else table
    if output:
        write_table(output, written, force=force)
    elif not summary:
        with standard_output() as file:
            written.write(file, ".jsonl" if as_json else ".csv")
    if summary:
        told = table.summary()
        if as_json:
            click.echo(to_json(told.to_dict()), nl=False)
        else:
            print_summary(told)
    report_failures(table.failures, errors_file(output) if output else None)
