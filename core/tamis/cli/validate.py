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
def validate(config: Path, images: Path | None, lightly: Path | None, tasks: tuple[str, ...], quiet: bool) -> None:
    """Check CONFIG without opening an image.

    Lists every problem with its place. With --input, says how many samples there are to select from.
    """
    from tamis.config.reading import read_config
    from tamis.planning.validating import validate as check

    document = read_config(config)
    dataset = load_dataset(images, lightly, quiet=quiet) if images else None
    with prints_to_stderr():
        plan = check(document, dataset=dataset, lightly=lightly, tasks=load_tasks(tasks))
    message = f"{config} is valid"
    if dataset:
        message += f": selects up to {min(plan.limit(len(dataset)), len(dataset))} of {len(dataset)} samples"
    if not quiet:
        click.echo(message)
