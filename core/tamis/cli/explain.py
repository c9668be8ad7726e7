"""``tamis explain``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.paths import PathParam


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.argument("sample")
def explain(folder: Path, sample: str) -> None:
    """Say why SAMPLE was, or was not, selected.

    OUTDIR is what `tamis select -o` has written, SAMPLE a path as in its selected.txt.
    """
    from tamis.errors import OutputError
    from tamis.results.reading import known_samples, read_record
    from tamis.suggestion import nearest

    record = read_record(folder, sample)
    if not record.values and not record.failures:
        near = nearest(sample, known_samples(folder))
        hint = f". Did you mean {near!r}?" if near else ": name it as in selected.txt"
        raise OutputError(f"the result in {str(folder)!r} knows no sample {sample!r}{hint}")
    click.echo(record.explain(sample))
