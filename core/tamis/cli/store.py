"""``tamis store`` and its sub-commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tamis.cli.options import spreadsheets_option
from tamis.cli.paths import PathParam, hold
from tamis.cli.reporting import progress
from tamis.cli.run_options import usual_store
from tamis.cli.saying import say
from tamis.cli.streams import standard_output
from tamis.printable import printable

if TYPE_CHECKING:
    from tamis.store.store import Store


def which_store(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--input`` and ``--store``."""
    for option in (
        click.option("--store", "folder", type=PathParam(), metavar="DIR", help="The store's folder."),
        click.option("--input", "inputs", multiple=True, metavar="LOCATION", help="The images whose store it is."),
    ):
        function = option(function)
    return function


def _store(inputs: tuple[str, ...], folder: Path | None) -> Store:
    from tamis.store.store import Store

    if inputs and folder:
        raise click.UsageError("--input and --store each name a store: give one of them")
    if not inputs and folder is None:
        raise click.UsageError("say which store: --input LOCATION for that of some images, or --store DIR")
    return Store(folder or usual_store(inputs))


@click.group()
def store() -> None:
    """Look at what is kept between runs, make one of several, or remove it."""


@store.command()
@which_store
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(inputs: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """Show what is stored: of how many images, how many failed, and by which plugins it was made."""
    found = _store(inputs, folder)
    size = sum(path.stat().st_size for path in found.path.rglob("*") if path.is_file())
    rows: list[dict[str, Any]] = [
        {
            "kind": stored.output.kind,
            "name": stored.output.name,
            "images": stored.rows,
            "failed": stored.failed,
            "made_by": stored.made_by,
        }
        for stored in found.info()
    ]
    shards = found.shards()
    if as_json:
        parts = [{**attrs.asdict(shard), "done": done} for shard, done in shards]
        click.echo(json.dumps({"path": str(found.path), "bytes": size, "outputs": rows, "shards": parts}, indent=2))
        return
    click.echo(f"{printable(str(found.path))}: {f'{size / 1e6:,.1f} MB' if rows else 'nothing is stored'}")
    for row in rows:
        plugins = ", ".join(" ".join(plugin) for plugin in row["made_by"]["plugins"])
        failed = f", {row['failed']:,} failed" if row["failed"] else ""
        line = f"  {row['kind']:8} {row['name']:28} {row['images']:>10,} images{failed}  ({plugins})"
        click.echo(printable(line))
    for shard, done in shards:
        how = "done" if done else "not done: run it again, and it goes on"
        click.echo(f"  shard {shard}, images {shard.start + 1:,} to {shard.stop:,} of {shard.samples:,}: {how}")


@store.command()
@click.argument("stores", nargs=-1, required=True, type=PathParam(), metavar="DIR...")
@click.option("-o", "--output", required=True, type=PathParam(), metavar="DIR", help="The store that takes them over.")
@click.option("--partial", is_flag=True, help="Merge although shards are missing or not done.")
@click.option("-q", "--quiet", is_flag=True, help="No progress; errors only.")
def merge(stores: tuple[Path, ...], output: Path, partial: bool, quiet: bool) -> None:
    """Make the stores in DIRs one, such as those of the shards of a dataset.

    A run with it opens no image that was measured for one of them. A store that is there already is added to; what was
    killed goes on when it is run again.
    """
    from tamis.store.store import Store

    merged = Store(output)
    with progress(quiet=quiet) as callback:
        merged.merge(stores, partial=partial, progress=callback)
    if not quiet:
        counts = {stored.rows for stored in merged.info()}
        say(f"{len(stores)} stores, {max(counts, default=0):,} images -> {output}")


@store.command()
@which_store
@click.argument("names", nargs=-1, metavar="[NAME...]")
def clear(inputs: tuple[str, ...], folder: Path | None, names: tuple[str, ...]) -> None:
    """Remove what is stored under NAMEs, such as keys of metrics; without any, the whole store."""
    from tamis.errors import UnknownKeyError, did_you_mean

    found = _store(inputs, folder)
    if names:
        stored = {each.output.name for each in found.info()}
        if unknown := [name for name in names if name not in stored]:
            raise UnknownKeyError(f"nothing is stored as {unknown[0]!r}{did_you_mean(unknown[0], stored)}")
    found.clear(names or None)


@store.command()
@which_store
@click.option("-o", "--output", type=PathParam(), metavar="FILE", help="A .parquet, .csv or .jsonl file.")
@spreadsheets_option
@click.option("--force", is_flag=True, help="Replace FILE.")
def export(
    inputs: tuple[str, ...], folder: Path | None, output: Path | None, for_spreadsheets: bool, force: bool
) -> None:
    """Write every stored metric as a table, a row for each image; prints CSV without -o."""
    from tamis.writing import check_table, write_table

    if output:
        hold(output)
        check_table(output, force=force)
    table = _store(inputs, folder).table()
    if for_spreadsheets:
        table = table.for_spreadsheets()
    if output:
        write_table(output, table, force=force)
    else:
        with standard_output() as file:
            table.write(file, ".csv")


@store.command()
@which_store
def errors(inputs: tuple[str, ...], folder: Path | None) -> None:
    """Print what is known to have failed, as lines of JSON."""
    from tamis.writing import error_lines

    with standard_output() as file:
        file.writelines(error_lines(_store(inputs, folder).failures()))
