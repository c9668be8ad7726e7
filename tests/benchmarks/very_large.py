"""Selecting from more vectors than memory holds: python tests/benchmarks/very_large.py FILE.npy [--exact].

FILE is written if it isn't there: points of a smooth surface of six dimensions, of unit length. They are mapped, and
selected from by DIVERSITY within a bound of memory, in two levels; with ``--exact`` exactly, too, for the ratio of both
radii. Printed are seconds by the clock, those of the CPU of all processes, and the peak of what all processes together
have in memory, without what is mapped from files (Linux only).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np

import tamis

ROWS = 1 << 16


def write(path: Path, samples: int, dimensions: int, dtype: str) -> None:
    """The points, some at a time."""
    rng = np.random.default_rng(0)
    first, second = (rng.standard_normal(shape).astype(np.float32) for shape in ((6, 64), (64, dimensions)))
    points = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(samples, dimensions))
    for start in range(0, samples, ROWS):
        count = min(ROWS, samples - start)
        part = np.sin(rng.random((count, 6), dtype=np.float32) @ first) @ second
        points[start : start + count] = part / np.linalg.norm(part, axis=1, keepdims=True)
    points.flush()


def in_memory() -> float:
    """MB that this process and its children have."""
    total = 0
    for pid in [os.getpid(), *_children(os.getpid())]:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            continue
        total += int(status.partition("RssAnon:")[2].split()[0] if "RssAnon:" in status else 0)
    return total / 1024


def _children(parent: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == parent:
                yield int(path.parent.name)
        except OSError:
            continue


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Print what it has taken."""
    peak, done = [in_memory()], Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], in_memory())

    thread = Thread(target=watch, daemon=True)
    thread.start()
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    yield
    done.set()
    thread.join()
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
    _say(f"{what}: {wall:.0f} s, {cpu:.0f} CPU s, at most {peak[0]:,.0f} MB in memory")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Write, select, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--dtype", default="float32", choices=["float16", "float32"])
    parser.add_argument("--picks", type=int, default=10_000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--per-shard", type=int, help="by default a quarter of the picks")
    parser.add_argument("--memory", type=float, default=4.0, help="GB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--exact", action="store_true", help="also exactly, in one process")
    options = parser.parse_args()
    if not options.file.exists():
        write(options.file, options.samples, options.dimensions, options.dtype)
    per_shard = options.per_shard or -(-options.picks // 4)
    with watched("dataset"):
        points = np.load(options.file, mmap_mode="r")
        dataset = tamis.Dataset.from_embeddings((f"{number:09}.jpg" for number in range(len(points))), points)
    size = points.nbytes / 1e6
    _say(f"{len(points):,} x {points.shape[1]} {points.dtype}, {size:,.0f} MB, {options.picks:,} picks")
    ways = {
        f"{options.shards} shards of {per_shard}": ({"shards": options.shards, "per_shard": per_shard}, options.jobs)
    }
    if options.exact:  # one shard: the exact selection, and the pass that measures it
        ways["exact"] = ({"shards": 1, "per_shard": options.picks}, 1)
    radii = []
    for name, (approximate, jobs) in ways.items():
        with watched(name):
            selection = _selected(dataset, options, approximate, jobs)
        reached = selection.manifest()["approximate"]["reached"]["strategies[0]"]
        radii.append(reached["radius"])
        _say(f"  {', '.join(f'{what} {number:.4g}' for what, number in reached.items())}")
    if options.exact:
        _say(f"radius / that of the exact selection: {radii[0] / radii[1]:.3f}")


def _selected(dataset: Any, options: argparse.Namespace, approximate: dict[str, int], jobs: int) -> tamis.Selection:
    config = {
        "n_samples": options.picks,
        "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}],
    }
    memory = int(options.memory * 1e9)
    return tamis.select(dataset, config, approximate=approximate, memory=memory, jobs=jobs)


if __name__ == "__main__":
    main()
