"""How well vectors tell classes apart: ``python tests/benchmarks/embedding.py DIR [EMBEDDER ...]``.

``DIR`` holds a folder of images for each class. The figure is the accuracy of the five nearest neighbours of every
image among all the others (the commonest class; of several, that of the nearest), for each embedder, for the pixels of
32 x 32 thumbnails, and for guessing. Beside it stands the time that an embedder takes of the processor, reading and
decoding included, as a multiple of what decoding takes alone: both in one run, so that it matters little what else the
machine does.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from time import process_time
from typing import Any

import click
import numpy as np
from PIL import Image

from tamis import Dataset, Registry, embed


def accuracy(vectors: Any, classes: list[str], neighbours: int = 5) -> float:
    """Of classifying every vector by the nearest of the others; the lowest row wins a tie."""
    vectors = np.asarray(vectors, dtype=np.float64)
    squares = (vectors**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    correct = 0
    for row, nearest in enumerate(np.argsort(distances, axis=1, kind="stable")[:, :neighbours]):
        votes = Counter(classes[other] for other in nearest)  # in the order of distance, as most_common keeps it
        correct += votes.most_common(1)[0][0] == classes[row]
    return correct / len(classes)


def thumbnails(folder: Path, samples: tuple[str, ...]) -> Any:
    """``(n, 3072)`` pixels."""
    images = [Image.open(folder / sample).convert("RGB").resize((32, 32), Image.Resampling.BOX) for sample in samples]
    return np.stack([np.asarray(image, dtype=np.float64).ravel() for image in images])


def decoding(folder: Path, samples: tuple[str, ...]) -> float:
    """Seconds of the processor for reading and decoding all of them, and nothing else."""
    start = process_time()
    for sample in samples:
        with Image.open(folder / sample) as image:
            image.convert("RGB")
    return process_time() - start


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("embedders", nargs=-1)
def main(folder: Path, embedders: tuple[str, ...]) -> None:
    """Print a line for each."""
    dataset = Dataset.from_directory(folder)
    classes = [sample.partition("/")[0] for sample in dataset.samples]
    shares = np.array(list(Counter(classes).values())) / len(classes)
    click.echo(f"{len(classes)} images of {len(shares)} classes, leave-one-out accuracy of 5 nearest neighbours")
    click.echo(f"{(shares**2).sum():.3f}  guessing by frequency")
    click.echo(f"{shares.max():.3f}  the commonest class")
    click.echo(f"{accuracy(thumbnails(folder, dataset.samples), classes):.3f}  pixels of 32 x 32 thumbnails")
    registry = Registry(allow=["tamis"], environ=False)
    for embedder in embedders or ("descriptor",):
        once = decoding(folder, dataset.samples)
        start = process_time()
        vectors, failures = embed(dataset, embedder, registry=registry)
        times = (process_time() - start) / once
        if failures:
            raise click.ClickException(f"{len(failures)} failed, such as {failures[0]}")
        click.echo(f"{accuracy(vectors.values, classes):.3f}  {embedder}, {times:.1f} times a decode")


if __name__ == "__main__":
    main()
