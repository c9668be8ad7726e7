"""``tamis validate``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.options import dataset_options, load_dataset, load_tasks, task_option
from tamis.cli.paths import PathParam
from tamis.cli.reporting import prints_to_stderr


@click.command()
@click.argument("config", type=PathParam())
@dataset_options(required=False)
@task_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing if it is valid.")
def validate(
    config: Path,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    tasks: tuple[str, ...],
    quiet: bool,
) -> None:
    """Check CONFIG without opening an image.

    Lists every problem with its place. With --input, says how many samples there are to select from.
    """
    from tamis.config.reading import read_config
    from tamis.discovery.registry import Registry
    from tamis.planning.validating import validate as check

    document = read_config(config)
    registry = Registry()
    if annotations and not inputs:
        raise click.UsageError("--annotations are of the samples of an --input")
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet) if inputs else None
    with prints_to_stderr():
        plan = check(document, dataset=dataset, lightly=lightly, registry=registry, tasks=load_tasks(tasks))
    message = f"{config} is valid"
    if dataset:
        message += f": selects up to {min(plan.limit(len(dataset)), len(dataset))} of {len(dataset)} samples"
    if not quiet:
        click.echo(message)
