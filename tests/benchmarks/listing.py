"""What finding the images of a folder takes, beside `os.walk`: ``python tests/benchmarks/listing.py [FILES]``.

So many empty files are made, 1,000 in a folder, and removed again. Both look at the suffix of each; `os.walk` does
nothing else. A figure is the ratio of the least processor times of all rounds.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import click

from tamis import Dataset, Registry
from tamis_plugins.local_files.sieve import SUFFIXES

FOLDER = 1000


def make(root: Path, files: int) -> None:
    """Every tenth is no image."""
    for start in range(0, files, FOLDER):
        folder = root / f"{start // FOLDER // 100:03}" / f"{start // FOLDER:05}"
        folder.mkdir(parents=True)
        for number in range(start, min(start + FOLDER, files)):
            os.close(os.open(folder / f"{number:09}.{'txt' if number % 10 == 9 else 'JPG'}", os.O_CREAT))


def walked(root: str) -> int:
    """How many images `os.walk` finds."""
    count = 0
    for _, _, names in os.walk(root):
        for name in names:
            count += os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122
    return count


@click.command()
@click.argument("files", default=1_000_000)
@click.option("--rounds", default=5, show_default=True)
@click.option("--within", default=None, help="Where to make them, such as /dev/shm.")
def main(files: int, rounds: int, within: str | None) -> None:
    """Print the ratio for so many FILES."""
    source = Registry(allow=["tamis"], environ=False).source("folder")
    taken: dict[str, list[float]] = {"walk": [], "source": [], "dataset": []}
    with tempfile.TemporaryDirectory(dir=within) as name:
        make(Path(name), files)
        for _ in range(rounds):
            start = time.process_time()
            count = walked(name)
            taken["walk"].append(time.process_time() - start)
            start = time.process_time()
            listing = source.open(name, {})
            taken["source"].append(time.process_time() - start)
            del listing
            start = time.process_time()
            dataset = Dataset.open(name, "folder")
            taken["dataset"].append(time.process_time() - start)
            assert len(dataset) == count
            del dataset
    least = {what: min(times) for what, times in taken.items()}
    for what, target in (("source", " <= 1.5"), ("dataset", "")):
        ratio = least[what] / least["walk"]
        met = ("met" if ratio <= 1.5 else "MISSED") if target else ""
        click.echo(f"{what:8} {least[what]:6.2f} s, os.walk {least['walk']:6.2f} s: {ratio:5.2f} {target} {met}")


if __name__ == "__main__":
    main()
