"""The selection engine beside its peers, in one run: python tests/benchmarks/selecting.py [--samples N] [--rounds R].

Prints a table of medians and ratios, by the clock and by the CPU seconds of all threads. lightly-mundig (the Rust
engine of LightlyStudio) is compared with where it is installed: pip install 'tamis[benchmark]'. Both engines use as
many threads as they like. ``--busy`` keeps one core busy beside them, ``--long`` adds a million samples.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tamis import Column, Kind, Registry
from tamis.progress import Monitor
from tamis.selection.blas_threads import one_blas_thread
from tamis.selection.greedy import pick
from tamis.selection.plugin_calls import PluginCalls, offering
from tamis.selection.scoring import Term
from tamis_plugins.neighbours import index, search

REGISTRY = Registry(allow=["tamis"], environ=False)
#: What a threshold leaves.
LEFT = 0.9


def term(strategy: str, column: Column, among: Any = None, **params: Any) -> Term:
    """As a run makes it, of these rows of a column, or all."""
    entry: Any = SimpleNamespace(
        path="strategies[0]", strategy=REGISTRY.strategy(strategy), strategy_params=params, strength=1.0
    )
    made = PluginCalls(REGISTRY, Monitor()).term(entry, column, np.arange(len(column)) if among is None else among)
    assert made is not None
    return made


class Cost(NamedTuple):
    """Seconds by the clock, and those of the CPU in all threads."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:8.2f} {self.cpu:8.2f}"

    def over(self, other: Cost) -> str:
        """How many times as much as another."""
        return f"{self.wall / other.wall:7.1f} {self.cpu / other.cpu:7.1f}"


def cost(function: Callable[[], Any], rounds: int) -> tuple[Cost, Any]:
    """Medians, and what the last call returned."""
    walls, cpus, result = [], [], None
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        result = function()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Cost(statistics.median(walls), statistics.median(cpus)), result


@contextmanager
def busy() -> Iterator[None]:
    """Another process keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def manifold(rng: np.random.Generator, n: int, d: int) -> Any:
    """Points of a smooth surface of six dimensions, of unit length."""
    surface = np.sin(rng.random((n, 6)) @ rng.standard_normal((6, 64))) @ rng.standard_normal((64, d))
    return (surface / np.linalg.norm(surface, axis=1, keepdims=True)).astype(np.float32)


def clusters(rng: np.random.Generator, n: int, d: int) -> Any:
    """Points around 200 centres, of unit length."""
    points = rng.standard_normal((200, d))[rng.integers(0, 200, n)] + 0.3 * rng.standard_normal((n, d))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def greedy(points: Any, picks: int) -> list[int]:
    """The exact float64 greedy choice, by the definition."""
    least, rows = np.full(len(points), np.inf), [0]
    while len(rows) < picks:
        picked = points[rows[-1]].astype(np.float64)
        for start in range(0, len(points), 256):  # a few at a time, which stay in the cache
            differences = points[start : start + 256] - picked
            part = least[start : start + 256]
            np.minimum(part, np.vecdot(differences, differences), out=part)
        rows.append(int(least.argmax()))
    return rows


def rows(terms: Sequence[Term], n: int, picks: int) -> list[int]:
    """What tamis picks."""
    return [found.row for found in pick(list(terms), np.arange(n), picks, Monitor())[0]]


def _say(line: str) -> None:
    """At once, since the next may take minutes."""
    sys.stdout.write(line)
    sys.stdout.flush()


def main() -> None:
    """Run all, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000, help="the long ones have ten times as many")
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--picks", type=int, help="by default a fiftieth of the samples")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="compare picks with the exact greedy choice (minutes)")
    parser.add_argument("--busy", action="store_true", help="keep one core busy beside it")
    parser.add_argument("--slow", action="store_true", help="only what used to be slow, and GIST: ms for each pick")
    parser.add_argument("--neighbours", action="store_true", help="only TYPICALITY and SIMILARITY, beside faiss")
    parser.add_argument("--recall", type=float, help="TYPICALITY's neighbours by an index, too")
    parser.add_argument("--asked", type=int, help="TYPICALITY's neighbours of so many of the samples only")
    parser.add_argument("--memory", action="store_true", help="only the memory that DIVERSITY takes beside the vectors")
    parser.add_argument("--long", action="store_true", help="ten times the samples, in 128 dimensions (minutes)")
    options = parser.parse_args()
    if options.memory:
        return _measure_memory(options)
    with busy() if options.busy else nullcontext():
        if options.neighbours:
            return _compare_neighbours(options)
        return _time_slow(options) if options.slow else _compare(options)


def _time_slow(options: argparse.Namespace) -> None:
    """CPU of one pick where all candidates that are left have to be told apart, and of a selection by GIST."""
    n, d = options.samples, options.dimensions
    rng = np.random.default_rng(0)
    points = Column("points", Kind.VECTOR, manifold(rng, n, d))
    opposite, fresh = (Term(term("DIVERSITY", points).objective, -1.0) for _ in range(2))
    weights = Column("weight", Kind.SCALAR, rng.random(n))
    cases = [
        (f"DIVERSITY, strength -1, {n:,} x {d}", [opposite], n, 1000),
        (f"the same and WEIGHTS, {n:,} x {d}", [fresh, term("WEIGHTS", weights)], n, 1000),
    ]
    for classes in (10, 80):
        labels = tuple(map(str, range(classes)))
        shares = Column("share", Kind.DISTRIBUTION, rng.dirichlet(np.ones(classes), 2 * n), labels=labels)
        what = f"BALANCE, {2 * n:,} distributions of {classes} classes"
        cases.append((what, [term("BALANCE", shares, distribution="UNIFORM")], 2 * n, 1000))
    for what, terms, count, picks in cases:
        mine = cost(lambda terms=terms, count=count, picks=picks: rows(terms, count, picks), 1)[0]  # type: ignore[misc]
        _say(f"{what}, {picks} picks: {mine.cpu / picks * 1000:.1f} ms a pick\n")
    picks = options.picks or max(2, n // 50)
    mine = cost(lambda: rows([term("GIST", points), term("WEIGHTS", weights)], n, picks), options.rounds)[0]
    _say(f"GIST and WEIGHTS, {n:,} x {d}, {picks:,} picks: {mine.cpu:.1f} s\n")


def _compare_neighbours(options: argparse.Namespace) -> None:
    """TYPICALITY and SIMILARITY beside faiss's exact search for the same neighbours."""
    import faiss

    n, d = options.samples, options.dimensions
    points = manifold(np.random.default_rng(0), n, d)
    query, asked = np.ascontiguousarray(points[:: max(1, n // 100)]), points[: options.asked]
    column, near = Column("points", Kind.VECTOR, points), Column("query", Kind.QUERY, points, query=query)
    cases: dict[str, tuple[Any, Any, int, Callable[[], Any]]] = {
        f"SIMILARITY to {len(query)}": (points, query, 1, lambda: term("SIMILARITY", near))
    }
    if options.asked:
        what = f"neighbours of {len(asked):,}, as of TYPICALITY"
        cases[what] = (asked, points, 21, lambda: search.distances(asked, points, 21))
    else:
        cases["TYPICALITY"] = (points, points, 21, lambda: term("TYPICALITY", column, num_nearest_neighbors=20))
    for what, (queries, among, count, ours) in cases.items():

        def theirs(queries: Any = queries, among: Any = among, count: int = count) -> None:
            exact = faiss.IndexFlatL2(d)
            exact.add(among)
            exact.search(queries, count)

        peer = cost(theirs, options.rounds)[0]
        with one_blas_thread():
            mine = cost(ours, options.rounds)[0]
            tracemalloc.start()
            ours()
            peak = tracemalloc.get_traced_memory()[1] / points.nbytes
            tracemalloc.stop()
        _say(f"{f'{what}, {n:,} x {d}':66} {mine} {peer} {mine.over(peer)}  times faiss's exact search, ")
        _say(f"{peak:.2f} x the vectors beside them\n")
    if options.recall:
        mine, (_, share) = cost(
            lambda: index.distances(points, points, 21, options.recall, lambda done, total: None), 1
        )
        _say(f"{f'TYPICALITY by an index, {n:,} x {d}':66} {mine}  {share:.3f} of the neighbours found\n")


def _measure_memory(options: argparse.Namespace) -> None:
    """The most that Python and numpy hold beside the vectors."""
    points = manifold(np.random.default_rng(0), options.samples, options.dimensions)
    column = Column("points", Kind.VECTOR, points)
    rows([term("DIVERSITY", Column("few", Kind.VECTOR, points[:500]))], 500, 5)
    some = np.flatnonzero(np.random.default_rng(1).random(len(points)) < LEFT)
    for what, among in (("all", np.arange(len(points))), (f"{LEFT:.0%} of them, as by a threshold", some)):
        tracemalloc.start()
        rows([term("DIVERSITY", column, among)], len(among), options.picks or len(points) // 100)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        told = f"DIVERSITY, {len(points):,} x {options.dimensions}, {what}"
        _say(f"{told}: {peak / points.nbytes:.2f} x the vectors beside them\n")


def _theirs(points: Any, picks: int, weights: Any = None, shares: Any = None) -> list[int]:
    """What the peer picks."""
    import lightly_mundig

    engine = lightly_mundig.Selection()
    engine.add_diversifying_strategy(points, 1.0, None)
    if weights is not None:
        engine.add_weighting_strategy(weights.tolist(), 1.0)
        engine.add_balancing_strategy(shares, [0.1] * 10, 1.0)
    return list(engine.run_selection([], len(points), picks))


def _compare(options: argparse.Namespace) -> None:
    n, d, rounds = options.samples, options.dimensions, options.rounds
    picks = options.picks or max(2, n // 50)
    rng = np.random.default_rng(0)
    try:
        import lightly_mundig
    except ImportError:
        lightly_mundig = None
    weights, shares = rng.random(n), rng.dirichlet(np.ones(10), n).astype(np.float32)
    weight = Column("weight", Kind.SCALAR, weights)
    share = Column("share", Kind.DISTRIBUTION, shares, labels=tuple("abcdefghij"))
    _say(f"{'':66} {'tamis':>17} {'peer':>17} {'ratio':>15}\n")
    _say(f"{'what':66} {'clock':>8} {'CPU':>8} {'clock':>8} {'CPU':>8} {'clock':>7} {'CPU':>7}\n")
    for name, points in (("manifold", manifold(rng, n, d)), ("clusters", clusters(rng, n, d))):
        column = Column("points", Kind.VECTOR, points)
        for what, others in (("DIVERSITY", False), ("DIVERSITY x WEIGHTS x BALANCE", True)):

            def ours(column: Column = column, others: bool = others) -> list[int]:
                terms = [term("DIVERSITY", column)]
                if others:
                    terms += [term("WEIGHTS", weight), term("BALANCE", share, distribution="UNIFORM")]
                return rows(terms, n, picks)

            def theirs(points: Any = points, others: bool = others) -> list[int]:
                return _theirs(points, picks, *((weights, shares) if others else ()))

            mine, chosen = cost(ours, rounds)
            peer = cost(theirs, 1)[0] if lightly_mundig else Cost(float("nan"), float("nan"))
            note = ""
            if options.check and not others:
                note = "  picks equal the exact greedy choice" if chosen == greedy(points, picks) else "  PICKS DIFFER"
            _say(f"{f'{what}, {name}, {n:,} x {d}, {picks:,} picks':66} {mine} {peer} {peer.over(mine)}{note}\n")
    n, picks = 10 * n, n // 10
    numbers = rng.random(n)
    weight = Column("weight", Kind.SCALAR, rng.random(n))
    category = Column("category", Kind.CATEGORY, rng.integers(0, 80, n), labels=tuple(map(str, range(80))))
    limit = Column("limit", Kind.SCALAR, rng.random(n))
    threshold = REGISTRY.strategy("THRESHOLD").filter
    assert threshold is not None
    keep = offering(threshold, report=lambda done, total: None)

    def scalars() -> list[int]:
        kept = np.flatnonzero(keep(limit, {"threshold": 0.1, "operation": "BIGGER"}))
        terms = [term("WEIGHTS", weight.take(kept)), term("BALANCE", category.take(kept), distribution="UNIFORM")]
        return rows(terms, len(kept), picks)

    mine, peer = cost(scalars, rounds)[0], cost(lambda: np.argsort(numbers), 5)[0]
    what = f"WEIGHTS x THRESHOLD x BALANCE, {n:,}, {picks:,} picks"
    _say(f"{what:66} {mine} {peer} {mine.over(peer)}  times numpy.argsort\n")
    if options.long:
        points = manifold(rng, n, 128)
        column = Column("points", Kind.VECTOR, points)
        mine = cost(lambda: rows([term("DIVERSITY", column)], n, picks), 1)[0]
        what = f"DIVERSITY, manifold, {n:,} x 128, {picks:,} picks"
        if lightly_mundig:
            few, more = (cost(lambda count=count: _theirs(points, count), 1)[0] for count in (100, 200))  # type: ignore[misc]
            peer = Cost(*(b + (picks - 200) * (b - a) / 100 for a, b in zip(few, more, strict=True)))
            _say(f"{what:66} {mine} {peer} {peer.over(mine)}  as 100 and 200 picks of the peer tell\n")
        with one_blas_thread():
            peer = cost(lambda: [points @ each for each in points[:20]], 1)[0]
        peer = Cost(*(each * picks / 20 for each in peer))
        _say(f"{what:66} {mine} {peer} {mine.over(peer)}  times so many plain passes over the vectors\n")


if __name__ == "__main__":
    main()
