"""What a run over very many samples costs besides its images: ``python tests/benchmarks/scaling.py [ROWS ...]``.

Images are simulated: a source that yields one tiny image for every name. For each number of rows, a run measures width
and height and fills a store, and a second run finds all of it there. Each in a process of its own, so that the peak of
its memory is its own.
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


class Tiny:
    """One image for every name."""

    shareable = False

    def __init__(self) -> None:
        from PIL import Image

        self._image = Image.new("RGB", (4, 3))

    def open(self, sample: str) -> AbstractContextManager[object]:
        """The image."""
        return nullcontext(self._image)

    def fingerprint(self, sample: str, kind: str) -> str:
        """One for all."""
        return "1:1"


def run(rows: int, store: str) -> None:
    """One pass; prints its seconds and the peak of its memory."""
    from tamis import Dataset, Registry, compute

    dataset = Dataset(tuple(f"{number:09}.png" for number in range(rows)), Tiny())
    start = time.perf_counter()
    table = compute(dataset, ["lightly.width", "lightly.height"], registry=Registry(environ=False), store=store)
    seconds = time.perf_counter() - start
    if not table["lightly.width"].valid.all():
        raise SystemExit("values are missing")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{seconds:8.1f} s {peak:8.0f} MB")


@click.command()
@click.argument("rows", nargs=-1, type=int)
@click.option("--store", help="Do one pass with this store, and nothing else.")
def main(rows: tuple[int, ...], store: str | None) -> None:
    """Print time and memory for each number of ROWS."""
    if store:
        run(rows[0], store)
        return
    for count in rows or (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            for what in ("first", "second"):
                command = [sys.executable, __file__, str(count), "--store", str(Path(folder) / "store")]
                found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip()
                click.echo(f"{count:>12,} rows, {what:6} run: {found}")


if __name__ == "__main__":
    main()
