"""``tamis embed`` and ``tamis embed train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tamis.cli.options import dataset_options, embedder_options, load_dataset, run_options
from tamis.cli.paths import PathParam, hold
from tamis.cli.reporting import progress, report_failures
from tamis.printable import printable

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions


@click.group()
def embed() -> None:
    """Make embeddings, or a model that makes them."""


@embed.command()
@dataset_options(required=True)
@embedder_options
@click.option(
    "-o",
    "--output",
    required=True,
    type=PathParam(),
    metavar="FILE",
    help="A .csv, .npy (with the names in a .txt beside it) or .parquet file.",
)
@run_options
def images(
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    embedder: str,
    no_normalize: bool,
    output: Path,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Embed every image, and write the vectors to FILE, which the embedder 'files' reads."""
    from tamis.config.choices import parse_choice
    from tamis.data.names import name_lines
    from tamis.discovery.registry import Registry
    from tamis.embedding.api import embed as run
    from tamis.embedding.files import check_embeddings_suffix, write_embeddings
    from tamis.writing import Content, check_target, write_together

    check_embeddings_suffix(output.suffix)
    hold(output)
    names = output.with_suffix(".txt") if output.suffix.lower() == ".npy" else None
    for target in (output, names) if names else (output,):
        check_target(target, force=force)
    registry = Registry()
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    used = options.arguments(inputs, quiet=quiet)
    with progress(quiet=quiet) as callback:
        vectors, failures = run(
            dataset,
            parse_choice(embedder, "--embedder"),
            normalize=not no_normalize,
            registry=registry,
            progress=callback,
            strict=strict,
            **used,
        )
    samples = [sample for sample, valid in zip(dataset.samples, vectors.valid, strict=True) if valid]
    values = vectors.values[vectors.valid]
    contents: dict[Path, Content] = {
        output: lambda file: write_embeddings(file, output.suffix, samples, values),
        **({names: lambda file: file.writelines(name_lines(samples))} if names else {}),
    }
    write_together(contents, force=force)
    report_failures(failures, None)
    if not quiet:
        click.echo(f"{len(samples)} vectors of {values.shape[1]} dimensions -> {output}", err=True)


@embed.command()
@dataset_options(required=True)
@click.option(
    "--embedder",
    default="ssl",
    show_default=True,
    metavar="NAME[:OPTION=VALUE,...]",
    help="What trains the model: a plugin, and its options; or a JSON object.",
)
@click.option("-o", "--output", required=True, type=PathParam(), metavar="FILE", help="Where the model goes.")
@click.option("--force", is_flag=True, help="Replace a model that is there already.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes; errors only.")
def train(
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    embedder: str,
    output: Path,
    force: bool,
    quiet: bool,
) -> None:
    """Train a model on the images, without labels.

    Started again after an interruption, it goes on from its last checkpoint, FILE.checkpoint.
    """
    from tamis.config.choices import parse_choice
    from tamis.discovery.registry import Registry
    from tamis.embedding.api import train_embedder
    from tamis.writing import check_target

    hold(output)
    check_target(output, force=force)
    registry = Registry()
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    with progress(quiet=quiet) as callback:
        notes = train_embedder(
            dataset, output, parse_choice(embedder, "--embedder"), registry=registry, progress=callback
        )
    if not quiet:
        for note in notes:
            click.echo(printable(f"note: {note}"), err=True)
        click.echo(f"model -> {output}", err=True)
