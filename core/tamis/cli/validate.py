"""``tamis validate``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.loading import folder_of, load_config, load_dataset, load_datasets, load_tasks
from tamis.cli.options import dataset_options, other_datasets_options, task_option
from tamis.cli.paths import PathParam
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr
from tamis.errors import ConfigError, DataError, TamisError
from tamis.printable import printable


@click.command()
@click.argument("configs", metavar="CONFIG...", nargs=-1, required=True, type=PathParam())
@dataset_options(required=False)
@other_datasets_options
@task_option
@click.option(
    "--embedder",
    metavar="NAME[:OPTION=VALUE,...]",
    help="What is to make embeddings, to check that it fits CONFIG, too. No model is loaded.",
)
@click.option(
    "--data",
    is_flag=True,
    help="Read the predictions, metadata and tags that CONFIG uses, too, and say all that is wrong with them.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing about what is valid.")
@click.pass_context
def validate(
    ctx: click.Context,
    configs: tuple[Path, ...],
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    datasets: tuple[str, ...],
    catalogue: Path | None,
    tasks: tuple[str, ...],
    embedder: str | None,
    data: bool,
    quiet: bool,
) -> None:
    """Check each CONFIG without opening an image.

    Lists every problem with its place; - is standard input. With --input, says how many samples there are to select
    from, and that other datasets are missing; with --data as well, how much there is of every annotation that CONFIG
    uses, and each file that is wrong. Exit status 2 if any CONFIG is wrong, or data that would end a run.
    """
    from tamis.config.reading import name_of
    from tamis.discovery.registry import Registry
    from tamis.planning.validating import validate as check

    if annotations and not inputs:
        raise click.UsageError("--annotations are of the samples of an --input")
    if data and not inputs:
        raise click.UsageError("--data is of the samples of an --input")
    registry = Registry()
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet) if inputs else None
    others = load_datasets(datasets, catalogue) if inputs or datasets or catalogue else None
    auto_tasks = load_tasks(tasks)

    wrong = False
    for config in configs:
        name = name_of(config)
        try:
            document = load_config(config, quiet=quiet)
            with prints_to_stderr():
                plan = check(
                    document,
                    dataset=dataset,
                    lightly=lightly,
                    registry=registry,
                    tasks=auto_tasks,
                    datasets=others,
                    embedder=embedder,
                    query_images=folder_of(config),
                    data=data,
                )
        except TamisError as error:
            if len(configs) == 1:
                raise
            wrong = True
            _report(name, error)
            continue
        message = f"{name} is valid"
        if dataset:
            message += f": selects up to {min(plan.limit(len(dataset)), len(dataset))} of {len(dataset)} samples"
        if not quiet:
            click.echo(printable(message))
            for note in plan.notes:
                click.echo(printable(f"  {note}"))
    if wrong:
        ctx.exit(ConfigError.exit_code)


def _report(name: str, error: TamisError) -> None:
    """Say that one of several configs is wrong, with its problems below its name."""
    problems = error.problems if isinstance(error, (ConfigError, DataError)) else (error,)
    say(f"{name} is wrong:")
    for problem in problems:
        say(f"  {str(problem).removeprefix(f'{name}: ')}")
