"""Selecting from more vectors than memory holds: python tests/benchmarks/very_large.py FILE.npy [--ways WAYS].

FILE is written if it isn't there: points of a smooth surface of six dimensions, of unit length. They are mapped, and
selected from by DIVERSITY within a bound of memory, in some ways: ``levels``, in two levels; ``shards``, exactly and in
shards; ``exact``, exactly and in one process. Printed are seconds by the clock, those of the CPU of all processes, the
peak of what all processes together have in memory, without what is mapped from files (Linux only), the radius and, of
shards, how many rounds it took and what travelled to workers and back. ``--weights`` combines DIVERSITY with WEIGHTS.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
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
    parser.add_argument("--ways", default="levels,shards", help="of levels, shards and exact")
    parser.add_argument("--weights", action="store_true")
    options = parser.parse_args()
    if not options.file.exists():
        write(options.file, options.samples, options.dimensions, options.dtype)
    with watched("dataset"):
        points = np.load(options.file, mmap_mode="r")
        dataset = tamis.Dataset.from_embeddings((f"{number:09}.jpg" for number in range(len(points))), points)
        if options.weights:
            weights = np.random.default_rng(1).random(len(points))
            dataset = dataset.with_metadata({"sample": dataset.samples, "w": weights.tolist()})
    size = points.nbytes / 1e6
    _say(f"{len(points):,} x {points.shape[1]} {points.dtype}, {size:,.0f} MB, {options.picks:,} picks")
    found = {}
    for way in options.ways.split(","):
        with watched(way):
            found[way] = WAYS[way](dataset, options)
    radii = {way: radius for way, (radius, _) in found.items() if radius}
    for way, radius in radii.items():
        _say(f"{way}: radius {radius:.4g}, {radius / radii.get('shards', radii.get('exact', np.nan)):.3f} x exact")
    if "shards" in found and "exact" in found:
        _say(f"picks are {'the same' if found['shards'][1] == found['exact'][1] else 'others'}")


def in_levels(dataset: Any, options: argparse.Namespace) -> tuple[float, tuple[str, ...]]:
    """The radius, and the picks."""
    per_shard = options.per_shard or -(-options.picks // 4)
    approximate = {"shards": options.shards, "per_shard": per_shard}
    selection = _selected(dataset, options, 0, approximate=approximate, jobs=options.jobs)
    reached = selection.manifest()["approximate"]["reached"]["strategies[0]"]
    _say(f"  {', '.join(f'{what} {number:.4g}' for what, number in reached.items())}")
    return reached["radius"], selection.selected


def in_shards(dataset: Any, options: argparse.Namespace) -> tuple[float, tuple[str, ...]]:
    """The same, and what travels."""
    with Counting(options.jobs) as executor:
        found = exactly(dataset, options, shards=options.shards, executor=executor)
    rounds = executor.calls / options.shards
    _say(f"  {rounds:.0f} rounds; {executor.there / 1e6:.2f} MB to workers, {executor.back / 1e6:.2f} MB back")
    return found


def exactly(dataset: Any, options: argparse.Namespace, **how: Any) -> tuple[float, tuple[str, ...]]:
    """One pick more is made, whose distance from the others is their radius: it is the farthest of all."""
    selection = _selected(dataset, options, 1, **how)
    last = selection.manifest()["picks"][-1]
    radius = 0.0 if options.weights else last["nearest"]["strategies[0]"]["distance"]
    return radius, selection.selected[:-1]


class Counting(tamis.Workers):
    """Counts what it is asked, and the bytes of that and of the answers."""

    calls = there = back = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Count, and hand on."""
        self.calls += 1
        self.there += len(pickle.dumps((fn, args, kwargs)))
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _done(self, future: Future[Any]) -> None:
        self.back += len(pickle.dumps(future.result()))


WAYS = {"levels": in_levels, "shards": in_shards, "exact": exactly}


def _selected(dataset: Any, options: argparse.Namespace, more: int, **how: Any) -> tamis.Selection:
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]
    if options.weights:
        strategies.append({"input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "WEIGHTS"}})
    config = {"n_samples": options.picks + more, "strategies": strategies}
    return tamis.select(dataset, config, memory=int(options.memory * 1e9), **how)


if __name__ == "__main__":
    main()
