"""What a report costs: python tests/benchmarks/report.py [--samples N] [--picks K] [--dimensions D].

Selects K of N samples that have vectors and images (K small JPEG photographs are drawn, and stand for all), writes the
report of it with a picture of each pick and a map of all vectors, and prints its size, and its CPU seconds beside
reading and decoding the same images.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

import tamis

#: Seconds, and bytes, that a report of 500 pictures and 100,000 points may take.
SECONDS, BYTES = 3.0, 2_500_000


def photographs(count: int) -> list[bytes]:
    """JPEG files of 640 x 480 pixels that compress as photographs do: patches with soft edges, and some noise."""
    files = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        patches = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((640, 480))
        soft = np.asarray(patches.filter(ImageFilter.GaussianBlur(3)), dtype=np.int16)
        noisy = (soft + rng.integers(-12, 13, soft.shape)).clip(0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(noisy).save(file, "JPEG", quality=85)
        files.append(file.getvalue())
    return files


class Repeated(tamis.Images):
    """A few files, for many samples."""

    def __init__(self, names: tuple[str, ...], files: list[bytes]) -> None:
        self._numbers = {name: number % len(files) for number, name in enumerate(names)}
        self._files = files

    @contextmanager
    def open(self, name: str) -> Iterator[io.BytesIO]:
        """One of the files."""
        yield io.BytesIO(self._files[self._numbers[name]])


def selected(samples: int, picks: int, dimensions: int, files: int) -> tamis.Selection:
    """A selection by DIVERSITY and BALANCE, with a threshold, of points of a smooth surface."""
    rng = np.random.default_rng(0)
    surface = np.sin(rng.random((samples, 6)) @ rng.standard_normal((6, 64))) @ rng.standard_normal((64, dimensions))
    names = tuple(f"camera-{number % 7}/2026-11-{number % 30 + 1:02}/{number:08}.jpg" for number in range(samples))
    metadata = {"speed": rng.gamma(2, 20, samples), "weather": rng.choice(["sun", "rain", "snow"], samples).tolist()}
    dataset = tamis.Dataset(
        names, Repeated(names, photographs(files)), vectors=(surface / 8).astype(np.float32)
    ).with_metadata(metadata)
    entries = [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {
            "input": {"type": "METADATA", "key": "speed"},
            "strategy": {"type": "THRESHOLD", "threshold": 5, "operation": "BIGGER"},
        },
        {
            "input": {"type": "METADATA", "key": "weather"},
            "strategy": {"type": "BALANCE", "target": {"snow": 0.5, "rain": 0.25}},
        },
    ]
    return tamis.select(dataset, {"n_samples": picks, "strategies": entries})


def decoding(selection: tamis.Selection, size: int) -> float:
    """CPU seconds of opening and decoding the images that were picked, no larger than a picture needs."""
    start = time.process_time()
    for name in selection.selected:
        with selection.dataset.image(name) as image:
            image.draft("RGB", (2 * size, 2 * size))
            image.load()
    return time.process_time() - start


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(".")[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--picks", type=int, default=500)
    parser.add_argument("--dimensions", type=int, default=128)
    arguments = parser.parse_args()
    start = time.process_time()
    selection = selected(arguments.samples, arguments.picks, arguments.dimensions, min(arguments.picks, 500))
    selecting = time.process_time() - start
    selection.manifest(), selection.standings()  # which `write` makes anyway
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "report.html")
        start = time.process_time()
        selection.export("report", target)
        took = time.process_time() - start
        size = target.stat().st_size
        size_json = target.with_suffix(".json").stat().st_size
    reading = decoding(selection, 96)
    lines = [
        f"selecting {arguments.picks:,} of {arguments.samples:,}: {selecting:.2f} CPU s",
        f"report: {took - reading:.2f} CPU s beside {reading:.2f} of reading the images (at most {SECONDS})",
        f"report.html: {size:,} bytes (at most {BYTES:,}); report.json: {size_json:,}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
