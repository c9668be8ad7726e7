"""What a run over very many samples costs besides its images: ``python tests/benchmarks/scaling.py [ROWS ...]``.

Images are simulated: a source that yields one tiny image for every name. For each number of rows, a run measures width
and height and fills a store, and a second run finds all of it there and writes it as tables. With ``--filled``, the
store is filled directly instead. Each in a process of its own, so that the peak of its memory is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from PIL import Image

from tamis import Dataset, Images, Registry, Store, Table, compute
from tamis.measuring.outputs import file_output, output_of
from tamis.measuring.recipe import Recipe
from tamis.store.records import Row

KEYS = ("lightly.width", "lightly.height")


class Tiny(Images):
    """One image for every name."""

    shareable = False
    identity = "tiny"

    def __init__(self) -> None:
        self._image = Image.new("RGB", (4, 3))
        self.opened = 0

    def open(self, name: str) -> AbstractContextManager[Image.Image]:
        """The image."""
        self.opened += 1
        return nullcontext(self._image)

    def fingerprint(self, name: str) -> str:
        """One for all."""
        return "1:1"


def names(rows: int) -> tuple[str, ...]:
    """So many."""
    return tuple(f"{number:09}.png" for number in range(rows))


def measure(rows: int, store: str, *, opened: int) -> Table:
    """One run, which has to open so many images."""
    source = Tiny()
    table = compute(Dataset(names(rows), source), KEYS, registry=Registry(environ=False), store=store)
    if not table["lightly.width"].valid.all() or source.opened != opened:
        raise SystemExit(f"values are missing, or {source.opened} images were opened")
    return table


def fill(rows: int, store: str) -> None:
    """Store what a run would, without a run."""
    recipe = Recipe.of(KEYS, Registry(environ=False))
    outputs = [output for step in recipe.yields if (output := output_of(recipe, step))]
    cells = {file_output(): (4, 3)} | {output: (4 if "width" in output.name else 3,) for output in outputs}
    samples = names(rows)
    with Store(store).writing() as session:
        for start in range(0, rows, 4096):
            session.commit([Row(name, "tiny 1:1", cells, {}) for name in samples[start : start + 4096]])


def once(what: str, rows: int, folder: Path) -> None:
    """One pass; prints its seconds and the peak of its memory."""
    start = time.perf_counter()
    if what == "fill":
        fill(rows, f"{folder}/store")
    else:
        table = measure(rows, f"{folder}/store", opened=rows if what == "first" else 0)
    seconds = time.perf_counter() - start
    written = ""
    if what == "second":
        for suffix in (".csv", ".parquet"):
            start = time.perf_counter()
            with (folder / f"table{suffix}").open("wb") as file:
                table.write(file, suffix)
            written += f", {suffix} written in {time.perf_counter() - start:.1f} s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{seconds:8.1f} s{written}, peak memory {peak:.0f} MB")


@click.command()
@click.argument("rows", nargs=-1, type=int)
@click.option("--filled", is_flag=True, help="Fill the store directly, in place of the first run.")
@click.option("--once", "what", hidden=True, help="Do this pass, and nothing else.")
@click.option("--folder", type=click.Path(path_type=Path), hidden=True, help="Where.")
def main(rows: tuple[int, ...], filled: bool, what: str | None, folder: Path) -> None:
    """Print time and memory for each number of ROWS."""
    if what:
        once(what, rows[0], folder)
        return
    for count in rows or (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as name:
            for what in ("fill" if filled else "first", "second"):
                command = [sys.executable, __file__, str(count), "--once", what, "--folder", name]
                found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.rstrip()
                click.echo(f"{count:>12,} rows, {what:6}: {found}")


if __name__ == "__main__":
    main()
