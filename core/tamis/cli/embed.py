"""``tamis embed`` and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tamis.cli.loading import load_dataset
from tamis.cli.options import dataset_options, embedder_options, offline_option, run_options
from tamis.cli.paths import PathParam, hold
from tamis.cli.reporting import progress, report_failures
from tamis.cli.run_options import resource_options
from tamis.cli.saying import say
from tamis.cli.shards import shard_option, sharded
from tamis.printable import printable

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.cli.shards import Which


@click.group()
def embed() -> None:
    """Make embeddings, compare what makes them, or make a model for them."""


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
@shard_option
@run_options
def images(
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    embedder: str,
    no_normalize: bool,
    output: Path,
    shard: Which | None,
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
    from tamis.embedding.writing_files import check_embeddings_suffix, write_embeddings
    from tamis.writing import Content, check_target, write_together

    check_embeddings_suffix(output.suffix)
    hold(output)
    names = output.with_suffix(".txt") if output.suffix.lower() == ".npy" else None
    for target in (output, names) if names else (output,):
        check_target(target, force=force)
    registry = Registry()
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    dataset = sharded(dataset, shard, options, quiet=quiet)
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
        say(f"{len(samples)} vectors of {values.shape[1]} dimensions -> {output}")


@embed.command("export")
@click.argument("embedder", metavar="NAME[:OPTION=VALUE,...]")
@click.option("-o", "--output", required=True, type=PathParam(), metavar="FILE", help="Where the model goes.")
@offline_option
@click.option("--force", is_flag=True, help="Replace a model that is there already.")
@click.option("-q", "--quiet", is_flag=True, help="Errors only.")
def export_model(embedder: str, output: Path, force: bool, quiet: bool) -> None:
    """Write the model of an embedder to FILE, with its preprocessing, checked against the original."""
    from tamis.config.choices import parse_choice
    from tamis.embedding.api import export_embedder

    hold(output)
    with progress(quiet=quiet) as callback:
        export_embedder(parse_choice(embedder, "EMBEDDER"), output, progress=callback, force=force)
    if not quiet:
        say(f"model -> {output}")


@embed.command()
@dataset_options(required=True)
@click.argument("embedders", nargs=-1, required=True, metavar="NAME[:OPTION=VALUE,...]...")
@click.option(
    "--by",
    metavar="KEY",
    help="The metadata that holds the class of each image (default: the first folder in its name).",
)
@offline_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress; errors only.")
@resource_options
def compare(
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    embedders: tuple[str, ...],
    by: str | None,
    as_json: bool,
    options: RunOptions,
    quiet: bool,
) -> None:
    """How well the vectors of each embedder tell apart classes that you have.

    The accuracy is that of naming each image by its five nearest others.
    """
    import attrs

    from tamis.config.choices import parse_choice
    from tamis.discovery.registry import Registry
    from tamis.embedding.comparing import compare_embedders
    from tamis.writing import to_json

    registry = Registry()
    chosen = [parse_choice(embedder, "EMBEDDER") for embedder in embedders]
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    used = options.arguments(inputs, quiet=quiet)
    with progress(quiet=quiet) as callback:
        found = compare_embedders(dataset, chosen, by, registry=registry, progress=callback, **used)
    if as_json:
        named = zip(found, embedders, strict=True)
        click.echo(to_json([{**attrs.asdict(each), "embedder": name} for each, name in named]))
        return
    click.echo(f"{'accuracy':>8}  {'ms/image':>8}  {'numbers':>7}  embedder")
    for each, name in zip(found, embedders, strict=True):
        time = 1000 * each.seconds / len(dataset)
        click.echo(printable(f"{each.accuracy:8.3f}  {time:8.1f}  {each.dim:7}  {name}"))
    click.echo(f"{max(each.chance for each in found):8.3f}  {'':8}  {'':7}  the commonest class, always")
