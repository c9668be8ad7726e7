"""``tamis explain``."""

from __future__ import annotations

from pathlib import Path

import click

from tamis.cli.paths import PathParam


@click.command()
@click.argument("folder", type=PathParam(), metavar="OUTDIR")
@click.argument("samples", nargs=-1, metavar="[SAMPLE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the facts behind the sentences: a list of objects.")
def explain(folder: Path, samples: tuple[str, ...], as_json: bool) -> None:
    """Say why each SAMPLE was, or was not, selected; without one, all of them.

    OUTDIR is what `tamis select -o` has written, SAMPLE a path as in its selected.txt.
    """
    from tamis.errors import OutputError
    from tamis.results.explaining import explanation, picks_of
    from tamis.results.reading import read_rows, reading
    from tamis.results.sentences import sentences
    from tamis.results.tables import known_samples
    from tamis.suggestion import nearest
    from tamis.writing import to_json

    manifest, rows = read_rows(folder, samples or known_samples(folder))
    known = [row for row in rows if row.is_known]
    with reading(folder):
        picks = picks_of(manifest)
        explanations = [explanation(manifest, picks, row) for row in known]
        told = list(map(sentences, explanations))
    if as_json and known:
        both = zip(explanations, told, strict=True)
        click.echo(to_json([{**facts, "text": text} for facts, text in both]), nl=False)
    elif known:
        click.echo("\n".join(told))
    if unknown := [row.sample for row in rows if not row.is_known]:
        near = nearest(unknown[0], known_samples(folder))
        hint = f". Did you mean {near!r}?" if near else ": name it as in selected.txt"
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise OutputError(f"the result in {str(folder)!r} knows no sample {unknown[0]!r}{more}{hint}")
