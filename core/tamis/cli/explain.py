"""``tamis explain``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.paths import PathParam


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.argument("samples", nargs=-1, required=True, metavar="SAMPLE...")
@click.option("--json", "as_json", is_flag=True, help="Print the facts behind the sentences: a list of objects.")
def explain(folder: Path, samples: tuple[str, ...], as_json: bool) -> None:
    """Say why each SAMPLE was, or was not, selected.

    OUTDIR is what `tamis select -o` has written, SAMPLE a path as in its selected.txt.
    """
    from tamis.errors import OutputError
    from tamis.results.explaining import explanation
    from tamis.results.reading import known_samples, read_rows
    from tamis.results.sentences import sentences
    from tamis.suggestion import nearest
    from tamis.writing import to_json

    manifest, rows = read_rows(folder, samples)
    for row in rows:
        if not row.values and not row.failures:
            near = nearest(row.sample, known_samples(folder))
            hint = f". Did you mean {near!r}?" if near else ": name it as in selected.txt"
            raise OutputError(f"the result in {str(folder)!r} knows no sample {row.sample!r}{hint}")
    explanations = [explanation(manifest, row) for row in rows]
    if as_json:
        click.echo(to_json([{**facts, "text": sentences(facts)} for facts in explanations]), nl=False)
    else:
        click.echo("\n".join(map(sentences, explanations)))
