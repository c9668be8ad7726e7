"""Every strategy and their product, against a slow reference written from the definitions, pick by pick."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Column, Kind, Objective, Registry
from tamis.declarations.objective import Floats, Rows
from tamis.progress import Monitor
from tamis.selection import blocks, cells
from tamis.selection.checking import checked
from tamis.selection.greedy import Pick, pick
from tamis.selection.plugin_calls import offering
from tamis.selection.scoring import Term
from tamis_plugins.neighbours import nearest
from tamis_plugins.objectives import closeness, series

REGISTRY = Registry(allow=["tamis"], environ=False)


@attrs.frozen(eq=False)
class Entry:
    """A column, a strategy with its parameters, and its strength."""

    column: Column
    strategy: str
    strength: float = 1.0
    params: Mapping[str, Any] = attrs.field(factory=dict)

    def term(self) -> Term:
        """What the engine makes of it."""
        declared = REGISTRY.strategy(self.strategy).objective
        assert declared is not None
        defaults = {
            name: rule["default"]
            for name, rule in REGISTRY.strategy(self.strategy).schema.get("properties", {}).items()
            if "default" in rule
        }
        objective = offering(declared, report=lambda done, total: None)(self.column, {**defaults, **self.params})
        return Term(checked(objective, len(self.column), nullcontext()), self.strength)


def weights(values: Sequence[float], strength: float = 1.0, **params: Any) -> Entry:
    """A WEIGHTS."""
    return Entry(Column("w", Kind.SCALAR, np.array(values, dtype=np.float64)), "WEIGHTS", strength, params)


def diversity(points: Any, strength: float = 1.0, **params: Any) -> Entry:
    """A DIVERSITY of float32 vectors."""
    array = np.array(points, dtype=np.float32)
    return Entry(Column("x", Kind.VECTOR, array.reshape(len(array), -1)), "DIVERSITY", strength, params)


def balance(rows: Any, target: Sequence[float], strength: float = 1.0) -> Entry:
    """A BALANCE of class vectors, with a target."""
    labels = tuple("abcdefgh"[: len(target)])
    column = Column("c", Kind.DISTRIBUTION, np.array(rows, dtype=np.float64), labels=labels)
    return Entry(column, "BALANCE", strength, {"target": dict(zip(labels, target, strict=True))})


def picks_of(
    entries: Sequence[Entry], n: int, preselected: Sequence[int] = (), candidates: Any = None
) -> tuple[list[Pick], str]:
    """What the engine picks, and why it stops."""
    total = len(entries[0].column)
    rows = np.setdiff1d(np.arange(total) if candidates is None else candidates, preselected)
    return pick([entry.term() for entry in entries], rows.astype(np.intp), n, Monitor(), preselected)


def rows_of(*entries: Entry, n: int, preselected: Sequence[int] = ()) -> list[int]:
    """The rows picked, in order."""
    return [found.row for found in picks_of(entries, n, preselected)[0]]


# The published vectors


@pytest.mark.parametrize(
    ("points", "n", "params", "preselected", "expected"),
    [
        ([1, 3, 5], 2, {}, [], [0, 2]),
        ([5, 1, 3, 9], 4, {}, [], [0, 1, 3, 2]),
        ([5, 1, 3, 9], 4, {}, [2], [3, 0, 1]),
        ([0, 1, 1.05, 3, 3.02], 5, {"stopping_condition_minimum_distance": 0.03}, [], [0, 4, 2, 1]),
        ([0, 1, 1.05, 3, 3.02], 5, {"stopping_condition_minimum_distance": 0.05}, [], [0, 4, 2]),
        ([0, 1, 1.05, 3, 3.02], 5, {"stopping_condition_minimum_distance": 1.0}, [], [0, 4, 2]),
        ([0, 1, 1.05, 3, 3.02], 5, {"stopping_condition_minimum_distance": 2.0}, [], [0, 4]),
        ([0, 0.5, 1], 3, {"stopping_condition_minimum_distance": 0.5}, [], [0, 2, 1]),
        ([0, 0.5, 1], 3, {"stopping_condition_minimum_distance": 0.5001}, [], [0, 2]),
    ],
)
def test_diversity_vectors(points: Any, n: int, params: Any, preselected: list[int], expected: list[int]) -> None:
    """Published, or worked out by hand; a minimum distance is of float32 vectors as they are."""
    assert rows_of(diversity(points, **params), n=n, preselected=preselected) == expected


@pytest.mark.parametrize(
    ("selected", "one", "other", "ratio"),
    [([0], 2, 1, 4), ([0, 10], 14, 12, 216 / 204), ([0, 1], 14, 12, 171 / 123), ([0, 10, 14], 20, 17, 168 / 141)],
)
def test_diversity_objective_ratios(selected: list[float], one: float, other: float, ratio: float) -> None:
    """The objective with one candidate over that with another, as observed of the reference engine."""
    objective = diversity([*selected, one, other]).term().objective
    for row in range(len(selected)):
        objective.add(row)
    values = objective.values(np.array([len(selected), len(selected) + 1]))

    assert values[0] / values[1] == pytest.approx(ratio, rel=1e-12)


def ratio_of(rows: Any, target: Sequence[float], selected: Any = ()) -> float:
    """The objective of BALANCE with the first of two rows over that with the second."""
    objective = balance([*rows, *selected], target).term().objective
    for row in range(len(selected)):
        objective.add(2 + row)
    values = objective.values(np.array([0, 1]))
    return float(values[0] / values[1])


@pytest.mark.parametrize(
    ("target", "one", "other", "ratio"),
    [
        ((0.5, 0.5), (0.7, 0.3), (0.9, 0.1), 1.5429),
        ((0.5, 0.5), (0.6, 0.4), (0.9, 0.1), 1.6873),
        ((0.5, 0.5), (0.9, 0.1), (0.95, 0.05), 1.2654),
        ((0.5, 0.5), (1, 0), (0.5, 0.5), 0.060206),
        ((0.5, 0.5), (0, 0), (1, 0), 0.5),
        ((0.8, 0.2), (1, 0), (0, 1), 4.0),
        ((1 / 3, 1 / 3, 1 / 3), (0.6, 0.2, 0.2), (0.4, 0.5, 0.1), 1.04888),
    ],
)
def test_balance_objective_ratios(target: Any, one: Any, other: Any, ratio: float) -> None:
    """As observed of the reference engine, nothing being selected."""
    assert ratio_of([one, other], target) == pytest.approx(ratio, rel=2e-4)


@pytest.mark.parametrize(("one", "other", "ratio"), [((1, 0), (0, 1), 0.778746), ((0, 0), (0, 1), 0.852531)])
def test_balance_objective_ratios_after_a_pick(one: Any, other: Any, ratio: float) -> None:
    """As observed of the reference engine, with three of the first class and one of the second."""
    assert ratio_of([one, other], (0.5, 0.5), [(3, 1)]) == pytest.approx(ratio, rel=1e-5)


def test_balance_published() -> None:
    """From the tests of the reference engine."""
    assert rows_of(balance([[1, 0], [0.3, 0.7], [0, 1], [0, 1], [1, 1]], (0.5, 0.5)), n=2) == [4, 1]


def test_a_met_target_of_one_class_is_the_best_and_not_the_worst() -> None:
    """A cross-entropy of 0 divides by nothing; the reference engine ranks it last."""
    assert rows_of(balance([[0, 1], [1, 0], [0.5, 0.5], [0, 0]], (1, 0)), n=2) == [1, 3]


def test_typicality_published() -> None:
    """With as many neighbours as there are others."""
    column = Column("x", Kind.VECTOR, np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1]], dtype=np.float32))
    values = Entry(column, "TYPICALITY").term().objective.values(np.arange(3))

    assert values == pytest.approx([0.3225063, 0.4222289, 0.3853082], rel=1e-6)


@pytest.mark.parametrize(
    ("neighbours", "expected"),
    [(1, [0.434598, 0.434598, 0.188876, 0.434598, 0.434598]), (2, [0.497013, 0.476509, 0.358163, 0.379374, 0.375214])],
)
def test_typicality_observed(neighbours: int, expected: list[float]) -> None:
    """As observed of the reference engine."""
    from tamis_plugins.strategies.typicality import typicality

    points = np.array([(0, 0), (1, 0), (0, 2), (5, 0), (5, 1)], dtype=np.float32)
    assert typicality(points, neighbours)[0] == pytest.approx(expected, rel=1e-5)
    assert typicality(np.array([[0.0], [0], [1], [3]]), 1)[0] == pytest.approx([1, 1, 0.2635971, 0.0694834], rel=1e-6)


@pytest.mark.parametrize(
    ("points", "query", "expected"),
    [
        (
            [(0, 0), (1, 0), (2, 0), (0, 3), (4, 0), (0, 5)],
            [(0, 0)],
            [1, 0.67032, 0.449329, 0.301194, 0.201897, 0.135335],
        ),
        (
            [(1, 0, 0), (0.9, 0, 0), (0, 1, 0), (0, 0, 1)],
            [(1, 0, 0), (0, 1, 0)],
            [1, 0.7678481, 1, 0.0238532],
        ),
        ([(2, 1), (2, 1)], [(2, 1)], [1, 1]),
    ],
)
def test_similarity(points: Any, query: Any, expected: list[float]) -> None:
    """Published and observed; where every sample is in the query, all are alike."""
    column = Column("q", Kind.QUERY, np.array(points, dtype=np.float32), query=np.array(query, dtype=np.float32))
    values = Entry(column, "SIMILARITY").term().objective.values(np.arange(len(points)))

    assert values == pytest.approx(expected, rel=1e-5)


# The slow reference


def sum_of(entry: Entry, rows: Sequence[int]) -> float:
    """WEIGHTS: the sum, the smallest value taken from all if it is negative."""
    values = entry.column.values.astype(np.float64)
    return float((values - min(values.min(), 0))[list(rows)].sum())


def spread_of(entry: Entry, rows: Sequence[int]) -> float:
    """The sum over the selection, and what the last row adds to it; of a first row the same, whichever it is."""
    *selected, candidate = [_points(entry.column, row) for row in rows]
    if not any(selected):
        return 1.0 if candidate else 0.0
    own = 0.0
    for number, mine in enumerate(selected):
        others = [point for other, theirs in enumerate(selected) if other != number for point in theirs]
        own += sum(_nearest(point, others) for point in mine) if others else 0.0
    others = [point for theirs in selected for point in theirs]
    return own + sum(_nearest(point, others) for point in candidate)


def _points(column: Column, row: int) -> list[npt.NDArray[np.float64]]:
    rows = [row] if column.offsets is None else range(column.offsets[row], column.offsets[row + 1])
    return [column.values[point].astype(np.float64) for point in rows]


def _nearest(point: Any, others: Any) -> float:
    return min(float(((point - other) ** 2).sum()) for other in others)


def closeness_of(entry: Entry, rows: Sequence[int]) -> float:
    """BALANCE: the inverse cross-entropy."""
    total = entry.column.values[list(rows)].astype(np.float64).sum(axis=0)
    target = np.array(list(entry.params["target"].values()), dtype=np.float64)
    shares = total / total.sum() if total.sum() else total * 0
    return 1 / max(-float((target * np.log(shares + 1e-10)).sum()), 1e-12)


REFERENCE: dict[str, Callable[[Entry, Sequence[int]], float]] = {
    "WEIGHTS": sum_of,
    "DIVERSITY": spread_of,
    "BALANCE": closeness_of,
}


def allowed(entry: Entry, selected: Sequence[int], row: int) -> bool:
    """By its stopping conditions."""
    if "target_range" in entry.params:
        values = entry.column.values
        return bool(values[[*selected, row]].sum() <= entry.params["target_range"]["max_sum"])
    if "stopping_condition_minimum_distance" in entry.params and selected:
        others = [point for other in selected for point in _points(entry.column, other)]
        if not others:
            return True
        distances = [_nearest(point, others) for point in _points(entry.column, row)]
        return math.sqrt(max(distances, default=0.0)) >= entry.params["stopping_condition_minimum_distance"]
    return True


def log_product(entries: Sequence[Entry], rows: Sequence[int]) -> float:
    """Minus infinity for 0 and for what is no number."""
    total = 0.0
    for entry in entries:
        if entry.strength:
            value = REFERENCE[entry.strategy](entry, rows)
            total += entry.strength * (math.log(value) if value > 0 else -math.inf)
    return -math.inf if math.isnan(total) else total


def check_by_the_rule(entries: Sequence[Entry], n: int, preselected: Sequence[int], found: list[Pick]) -> None:
    """Each pick is the best of what was left; of equal ones, the lowest."""
    used = [entry for entry in entries if entry.strength]
    selected = list(preselected)
    rows = range(len(entries[0].column))
    for number in range(n):
        left = [row for row in rows if row not in selected and all(allowed(e, selected, row) for e in used)]
        if any(_ended(entry, selected) for entry in used) or not left:
            assert len(found) == number
            return
        totals = {row: log_product(used, [*selected, row]) for row in left}
        best = max(totals.values())
        near, same = (
            [row for row, total in totals.items() if math.isclose(total, best, rel_tol=close, abs_tol=close)]
            for close in (1e-9, 1e-14)
        )
        assert found[number].row in near
        if near == same:
            assert found[number].row == min(same)
        selected.append(found[number].row)
    assert len(found) == n


def _ended(entry: Entry, selected: Sequence[int]) -> bool:
    limit = entry.params.get("stopping_condition_max_sum")
    return limit is not None and bool(entry.column.values[list(selected)].sum() >= limit)


@contextmanager
def small(block: int, at_a_time: int, most: int, tier: int = 4) -> Iterator[None]:
    """So that a few samples need what otherwise only many do."""
    with (
        mock.patch.object(blocks, "BLOCK", block),
        mock.patch.object(blocks, "TIER", tier),
        mock.patch.object(nearest, "AT_A_TIME", at_a_time),
        mock.patch.object(cells, "MOST", most),
        mock.patch.object(cells, "SHARE", 0.0),
        mock.patch.object(closeness, "MANY", most),
        mock.patch.object(series, "FALL", 0.95 if most else 0.5),
    ):
        yield


STRENGTHS = st.sampled_from([1.0, 1.0, -1.0, 0.0, 0.5, 2.0])
# Of a grid, so that there are ties, and none that only rounding makes or breaks.
NUMBERS = st.one_of(st.integers(0, 4).map(float), st.integers(0, 1000).map(lambda number: number / 100), st.just(0.0))
COORDINATES = st.one_of(st.integers(-3, 3).map(float), st.integers(-400, 400).map(lambda number: number / 100))


@st.composite
def entries_of(draw: Any, n: int) -> list[Entry]:
    """Any number of strategies over n samples, with stopping conditions."""

    def sized(values: Any, size: int = n) -> Any:
        return draw(st.lists(values, min_size=size, max_size=size))

    found = []
    for strategy in draw(
        st.lists(st.sampled_from(["WEIGHTS", "DIVERSITY", "OBJECTS", "BALANCE"]), min_size=1, max_size=3)
    ):
        strength = draw(STRENGTHS)
        if strategy == "WEIGHTS":
            stop: dict[str, Any] = draw(
                st.sampled_from(
                    [{}, {}, {"stopping_condition_max_sum": 9.0}, {"target_range": {"min_sum": 1.0, "max_sum": 12.0}}]
                )
            )
            low = draw(st.sampled_from([0, 0, -3]))
            found.append(weights([value + low for value in sized(NUMBERS)], strength, **stop))
        elif strategy == "BALANCE":
            target = draw(st.sampled_from([(0.5, 0.5, 0.0), (0.2, 0.2, 0.6), (0.0, 1.0, 0.0), (0.2, 0.1, 0.0)]))
            vectors = sized(st.lists(st.integers(0, 3), min_size=3, max_size=3))
            if draw(st.booleans()):
                vectors = [[1.0 * (label == k) for k in range(3)] for label in sized(st.integers(0, 2))]
            found.append(balance(vectors, target, strength))
        else:
            stop = draw(st.sampled_from([{}, {}, {"stopping_condition_minimum_distance": 1.5}]))
            dimensions = draw(st.integers(1, 3))
            point = st.lists(COORDINATES, min_size=dimensions, max_size=dimensions)
            if strategy == "DIVERSITY":
                found.append(diversity(sized(point), strength, **stop))
            else:
                counts = sized(st.integers(0, 3))
                offsets = np.concatenate([[0], np.cumsum(counts)])
                points = np.array(sized(point, int(offsets[-1])), dtype=np.float32).reshape(-1, dimensions)
                found.append(Entry(Column("o", Kind.VECTORS, points, offsets=offsets), "DIVERSITY", strength, stop))
    return found


@settings(max_examples=200)
@given(data=st.data())
def test_every_combination_follows_the_rule(data: st.DataObject) -> None:
    """Whatever is combined, whatever is preselected, and whatever the engine has to look at to know."""
    n = data.draw(st.integers(1, 12))
    entries = data.draw(entries_of(n))
    preselected = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=min(3, n)))
    limit = data.draw(st.integers(0, n + 1))
    block = data.draw(st.sampled_from([1, 2, 5, 1024]))
    most = data.draw(st.sampled_from([0, 2, 256]))
    used = [entry for entry in entries if entry.strength]
    with small(block, data.draw(st.sampled_from([1, 256])), most, data.draw(st.sampled_from([1, 2, 4]))):
        found, _ = picks_of(used or [weights([1.0] * n)], limit, preselected)
    check_by_the_rule(used or [weights([1.0] * n)], limit, preselected, found)


@pytest.mark.parametrize("seed", range(20))
def test_a_target_that_leaves_a_rest_to_classes_that_do_not_occur_follows_the_rule(seed: int) -> None:
    """Bounds of how far BALANCE has moved hold for shares that don't sum to one, too."""
    rng = np.random.default_rng(seed)
    entries = [balance(rng.integers(0, 2, (26, 2)), (0.5, 0.1), 2.0), weights(10.0 ** rng.uniform(-3, 3, 26))]
    with small(2, 256, 2):
        found, _ = picks_of(entries, 26)

    check_by_the_rule(entries, 26, [], found)


@pytest.mark.parametrize("strength", [1.0, -1.0])
def test_balance_of_many_distinct_distributions_follows_the_rule(strength: float) -> None:
    """From bounds by a series, which are close once there are some picks: the reference by arrays."""
    rng = np.random.default_rng(5)
    shares, target = rng.dirichlet(np.full(6, 0.3), 2000), np.array([0.3, 0.25, 0.2, 0.15, 0.1, 0.0])
    picked = rows_of(balance(shares, target, strength), n=300)

    total, left = np.zeros(6), np.ones(2000, dtype=bool)
    for row in picked:
        sums = total + shares
        entropies = -np.log(sums / sums.sum(axis=1, keepdims=True) + 1e-10) @ target
        values = strength * -np.log(entropies)
        assert left[row]
        assert values[row] >= values[left].max() - 1e-12
        left[row], total = False, total + shares[row]


def test_weights_alone_are_picked_in_descending_order_of_whatever_size() -> None:
    """Though their sum with any of the smaller ones is the same in float64."""
    assert rows_of(weights([1, 1e17, 3, 2]), n=4) == [1, 2, 3, 0]
    assert rows_of(weights([1, 1e17, 3, 2], -1.0), n=4) == [0, 3, 2, 1]


@pytest.mark.parametrize("most", [0, 2, 256])
def test_of_sums_that_logarithms_cannot_tell_apart_the_lowest_row_is_picked(most: int) -> None:
    """However the engine searches: all by cells, the weights in a queue, or by blocks. An infinite product is a tie."""
    one_class = balance([[1, 0]] * 5, (0.5, 0.5))
    with small(2, 256, most):
        assert rows_of(weights([1e17, 1, 3, 2, 1e16]), one_class, n=5) == [0, 4, 1, 2, 3]
        assert rows_of(weights([1e17, 1, 3, 2, 1e16], -1.0), one_class, n=5) == [1, 3, 2, 4, 0]
        assert rows_of(weights([0, 1, 3, 0, 2]), weights([0] * 5, -1.0), n=5) == [1, 0, 2, 3, 4]


def test_samples_with_equal_objects_are_equally_typical() -> None:
    """To the last digit, wherever they are: the lower row is picked first."""
    rng = np.random.default_rng(0)
    same, others = rng.standard_normal((3, 2)), rng.standard_normal((4, 2))
    points = np.concatenate([same, others[:3], same, others[3:], same])
    column = Column("o", Kind.VECTORS, points, offsets=np.array([0, 3, 4, 6, 9, 10, 13]))
    values = Entry(column, "TYPICALITY").term().objective.values(np.arange(6))

    assert values[0] == values[3] == values[5]


@pytest.mark.parametrize("distinct", [1, 30])
def test_duplicates_cost_no_more_than_others(distinct: int) -> None:
    """Once all are known to be duplicates of what is picked, the lowest row is picked without a look at the rest."""
    points = np.random.default_rng(0).standard_normal((distinct, 3))[np.arange(20_000) % distinct]
    asked: list[int] = []

    def counted(self: Any, rows: Any, floors: Any = 0.0) -> Any:
        asked.append(len(rows))
        return squared(self, rows, floors)

    squared = nearest.Nearest.squared
    with mock.patch.object(nearest.Nearest, "squared", counted):
        found = rows_of(diversity(points), n=100)

    assert sorted(found) == list(range(100))
    assert sum(asked) < 20 * len(points)


def test_strategies_of_many_samples_follow_the_rule() -> None:
    """With a real block, real groups and more picks than are seen at a time: the reference by arrays."""
    rng = np.random.default_rng(3)
    n, count = 3000, 400
    points = rng.standard_normal((n, 8)).astype(np.float32)
    least, expected = np.full(n, np.inf), [0]
    while len(expected) < count:
        least = np.minimum(least, ((points.astype(np.float64) - points[expected[-1]]) ** 2).sum(axis=1))
        expected.append(int(least.argmax()))
    with small(64, 32, 256):
        assert rows_of(diversity(points), n=count) == expected
    assert rows_of(diversity(points), n=count) == expected


@pytest.mark.parametrize("spread", [0.3, 1e-3, 1e-6])
def test_strategies_of_points_of_many_dimensions_follow_the_rule(spread: float) -> None:
    """Where sketches guess, of clusters that they tell apart, and of points in them that only float64 does."""
    rng = np.random.default_rng(4)
    n, d, count = 400, 160, 150
    centres = rng.integers(0, 20, n)
    points = rng.standard_normal((20, d))[centres] + spread * rng.standard_normal((n, d))
    values, shares = rng.random(n), rng.dirichlet(np.ones(3), n)
    target = np.array([0.5, 0.3, 0.2])
    with small(32, 256, 256):
        alone = rows_of(diversity(points), n=count)
        together = rows_of(diversity(points), weights(values), balance(shares, target), n=count)

    exact = points.astype(np.float32).astype(np.float64)
    apart = np.stack([((exact - point) ** 2).sum(axis=1) for point in exact])
    least, expected = np.full(n, np.inf), [0]
    while len(expected) < count:
        least = np.minimum(least, apart[expected[-1]])
        expected.append(int(least.argmax()))
    assert alone == expected
    # The same by the product: with each candidate, what all picked have to their nearest.
    picked: list[int] = []
    for row in together:
        left = np.setdiff1d(np.arange(n), picked)
        near = apart[np.ix_(picked, picked)] + np.where(np.eye(len(picked)), np.inf, 0)
        base = float(near.min(axis=1).sum()) if len(picked) > 1 else 0.0
        gains = apart[:, picked].min(axis=1) if picked else np.ones(n)
        amounts = shares + shares[picked].sum(axis=0)
        entropies = -np.log(amounts / amounts.sum(axis=1, keepdims=True) + 1e-10) @ target
        products = np.log(base + gains[left]) + np.log(values[picked].sum() + values[left]) - np.log(entropies[left])
        assert products[left == row] >= products.max() - 1e-12
        picked.append(row)


def test_a_bare_objective_has_nothing_to_say_by_itself() -> None:
    """What a strategy needn't give has defaults that leave everything open."""

    class Bare(Objective):
        def values(self, rows: Rows) -> Floats:
            return np.ones(len(rows))

        def add(self, row: int) -> None:
            pass

    bare = Bare()

    assert (bare.value(), bare.groups(), bare.drift(), bare.outlook(3)) == (None, None, None, None)
