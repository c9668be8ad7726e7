"""Nearest neighbours: block by block, or by faiss, the same distances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Column, Kind, errors
from tamis.progress import Monitor
from tamis.selection import blocks, tiers
from tamis.selection.greedy import pick
from tamis.selection.scoring import Term
from tamis_plugins.neighbours import nearest, sketch
from tamis_plugins.neighbours import search as neighbours
from tamis_plugins.neighbours.least import one_by_one
from tamis_plugins.neighbours.nearest import Nearest
from tamis_plugins.objectives.weight_sum import WeightSum
from tamis_plugins.strategies.diversity import Spread


@settings(max_examples=60)
@given(seed=st.integers(0, 999), n=st.integers(1, 40), queries=st.integers(1, 12), count=st.integers(1, 9))
def test_distances_are_those_of_all_pairs(seed: int, n: int, queries: int, count: int) -> None:
    """Whatever the size of a block, with duplicates and far from the origin."""
    rng = np.random.default_rng(seed)
    points = (rng.integers(0, 5, (n, 3)) * 10.0 ** rng.integers(-3, 4) + 1000 * rng.integers(0, 2)).astype(np.float32)
    asked = rng.integers(0, 5, (queries, 3)).astype(np.float32)
    expected = np.sort(np.sqrt(((asked[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2)), axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", 7)
        found = neighbours.distances(asked, points, count)

    assert found == pytest.approx(expected[:, :count], rel=1e-12)


@settings(max_examples=60)
@given(seed=st.integers(0, 999), count=st.integers(1, 9), dtype=st.sampled_from(["f4", "f8"]))
def test_neighbours_that_no_product_tells_apart_are_the_nearest_and_the_lowest(
    seed: int, count: int, dtype: str
) -> None:
    """Numbers far from those that the centre is near, as times where some are 0, and many of each."""
    rng = np.random.default_rng(seed)
    points = (1.7e9 + 200 * rng.integers(0, 9, (150, 2)) * rng.random()).astype(dtype)
    points[::5] = 0
    exact = points.astype(np.float64)
    apart = np.sqrt(((exact[:, None] - exact[None]) ** 2).sum(axis=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", 32)
        patch.setattr(neighbours, "AT_A_TIME", 11)
        found, which = neighbours.neighbours(points, points, count)
        distances = neighbours.distances(points, points, count)

    assert which.tolist() == np.argsort(apart, axis=1, kind="stable")[:, :count].tolist()
    assert found == pytest.approx(np.sort(apart, axis=1)[:, :count], rel=1e-15, abs=0)
    assert distances.tolist() == found.tolist()


def test_the_nearest_are_those_that_faiss_finds() -> None:
    """Another library, by its own exact search."""
    faiss = pytest.importorskip("faiss")
    points = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)
    for queries, among, count in ((points, points, 5), (points, points[:100].copy(), 1)):
        index = faiss.IndexFlatL2(8)
        index.add(among)
        squared, which = index.search(queries, count)
        found = neighbours.neighbours(queries, among, count)

        assert (found[1] == which).all()
        assert found[0] == pytest.approx(np.sqrt(squared), abs=1e-3)


@settings(max_examples=60)
@given(seed=st.integers(0, 999), count=st.integers(1, 4), more=st.integers(0, 4))
def test_the_least_of_a_row_are_found_one_by_one(seed: int, count: int, more: int) -> None:
    """And more only where others are within the margin of those."""
    numbers = np.random.default_rng(seed).integers(0, 30, (20, 12)).astype(float)
    ordered = np.sort(numbers, axis=1)
    found, where = one_by_one(numbers.copy(), count, more, 2.0)
    clear = ordered[:, count] > ordered[:, count - 1] + 2

    assert (found[:, :count] == ordered[:, :count]).all()
    assert (found[~clear, count:] == ordered[~clear, count : count + more]).all()
    assert np.isinf(found[clear, count:]).all()
    told = np.isfinite(found)
    assert (np.take_along_axis(numbers, where, axis=1)[told] == found[told]).all()


@settings(max_examples=60)
@given(seed=st.integers(0, 999), dtype=st.sampled_from(["f2", "f4", "f8", "i4"]))
def test_distances_to_a_growing_set_are_within_their_error(seed: int, dtype: str) -> None:
    """For whichever points are asked for, whenever; and what is exact is what float64 sums up."""
    rng = np.random.default_rng(seed)
    points = (rng.standard_normal((50, 3)) * 10.0 ** rng.integers(0, 3)).astype(dtype)
    reference = points.astype(np.float32 if dtype == "f2" else np.float64).astype(np.float64)
    nearest, picked = Nearest(points), []
    for _ in range(12):
        picked.append(int(rng.integers(0, 50)))
        nearest.pick(np.array(picked[-1:]))
        rows = np.flatnonzero(rng.random(50) < rng.random())
        true = ((reference[rows][:, None] - reference[picked][None]) ** 2).sum(axis=2).min(axis=1, initial=np.inf)
        assert (np.abs(nearest.squared(rows) - true) <= nearest.error).all()
        assert nearest.exact(rows[:3])[0] == pytest.approx(true[:3], rel=1e-12)


@pytest.mark.parametrize(("spread", "offset"), [(1.0, 0.0), (1e-2, 0.0), (1e-5, 0.0), (1.0, 30.0), (1e-12, 1e-13)])
def test_a_distance_below_its_floor_is_any_number_between_the_two(spread: float, offset: float) -> None:
    """Points of many dimensions, with picks guessed by sketches: none that is at or above its floor is missed."""
    rng = np.random.default_rng(5)
    points = (offset + spread * rng.standard_normal((300, 160)) * rng.random(160) ** 4).astype(np.float32)
    nearest, picked = Nearest(points), np.arange(0)
    for _ in range(8):
        new = rng.choice(300, 25, replace=False)
        picked = np.append(picked, new)
        nearest.pick(new)
        rows = np.flatnonzero(rng.random(300) < 0.5)
        pairs = points[rows][:, None].astype(np.float64) - points[picked][None].astype(np.float64)
        true = (pairs**2).sum(axis=2)
        least = true.min(axis=1)
        floors = np.quantile(least, rng.random()) * np.ones(len(rows))
        found = nearest.squared(rows, floors)
        assert (found >= least - nearest.error).all()
        assert (found <= np.maximum(least, floors) + nearest.error).all()
        assert nearest.exact(rows)[0] == pytest.approx(least, rel=1e-12, abs=0)
        limits = least * rng.uniform(1, 2, len(rows))
        pairs_found = set(zip(*nearest.within(rows, limits[:, None]), strict=True))
        assert set(zip(*np.nonzero(true <= limits[:, None]), strict=True)) <= pairs_found


@settings(max_examples=40)
@given(
    seed=st.integers(0, 999),
    power=st.sampled_from([-400, -70, 62, 64, 70, 400]),
    dimensions=st.sampled_from([3, 130]),
    strength=st.sampled_from([1.0, -1.0]),
)
def test_scaling_by_a_power_of_two_changes_neither_picks_nor_distances(
    seed: int, power: int, dimensions: int, strength: float
) -> None:
    """However large or small squares get, with enough picks at the start to be looked through by sketches."""
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((60, dimensions)) * 10.0 ** rng.uniform(-2, 0, (60, 1))
    given = [int(row) for row in rng.choice(60, 25, replace=False)]

    def picked(scale: float) -> list[tuple[int, object, float | None]]:
        spread = Spread(Column("points", Kind.VECTOR, points * scale), {"strength": strength})
        picks = pick([Term(spread, strength)], np.setdiff1d(np.arange(60), given), 20, Monitor(), given)[0]
        distances = [(each.nearest[0] or (-1, 0.0))[1] / scale for each in picks]
        return [(each.row, (each.nearest[0] or (-1,))[0], found) for each, found in zip(picks, distances, strict=True)]

    assert picked(2.0**power) == picked(1.0)


def test_distances_that_float64_cannot_square_are_refused() -> None:
    """By name of the trouble, not by infinities."""
    with pytest.raises(errors.RunError, match="too large"), np.errstate(over="ignore"):
        Nearest(np.array([[1e200, 0], [0, 1e200]]))


def test_few_of_many_points_are_the_nearest_of_all() -> None:
    """Where most blocks of points hold none that is nearer than those found before."""
    rng = np.random.default_rng(0)
    points, asked = rng.standard_normal((400, 3)).astype(np.float32), rng.standard_normal((9, 3)).astype(np.float32)
    apart = np.sqrt(((asked[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", 16)
        distances, which = neighbours.neighbours(asked, points, 3)

    assert distances == pytest.approx(np.sort(apart, axis=1)[:, :3], rel=1e-12)
    assert which.tolist() == np.argsort(apart, axis=1)[:, :3].tolist()


def test_vectors_that_change_under_a_memory_map_are_an_error(tmp_path: Path) -> None:
    """Whatever had been computed of them would be wrong; a selection in which they stay is none the worse."""
    file = tmp_path / "vectors.npy"
    np.save(file, np.random.default_rng(0).standard_normal((5000, 8)).astype(np.float32))
    nearest = Nearest(np.load(file, mmap_mode="r"))
    nearest.pick(np.array([0]))
    nearest.squared(np.arange(1000))
    written = np.load(file, mmap_mode="r+")
    written[3000:] *= 2
    written.flush()

    nearest.squared(np.arange(1000, 2000))
    with pytest.raises(errors.RunError, match="vectors have changed since the selection began"):
        nearest.squared(np.arange(2000, 4000))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), d=st.sampled_from([1, 3, 90]), scale=st.sampled_from([2.0**-40, 1.0, 2.0**20]))
def test_with_a_negative_strength_the_closest_to_the_selection_is_picked(seed: int, d: int, scale: float) -> None:
    """By the definition, at every pick: of those equally close the lowest; with duplicates, far from the origin too.

    Coordinates are few bits long, so that nothing is rounded, and those that are equally close are.
    """
    rng = np.random.default_rng(seed)
    points = scale * (rng.integers(0, 4, (60, d)) + rng.choice([0.0, 50.0]) + rng.integers(0, 11, (60, d)) / 1024)
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    expected = [0]
    while len(expected) < 30:
        least = squared[:, expected].min(axis=1)
        least[expected] = np.inf
        expected.append(int(least.argmin()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "PROBES", 3)
        patch.setattr(sketch, "AT_A_TIME", 25)
        term = Term(Spread(Column("points", Kind.VECTOR, points), {}), -1.0)
        found = [each.row for each in pick([term], np.arange(60), 30, Monitor())[0]]

    assert found == expected


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e6])
def test_beside_another_strategy_those_close_to_the_selection_are_found_by_their_sketches(scale: float) -> None:
    """By the definition, at every pick: the sum of weights over the sum of squared distances to the nearest."""
    rng = np.random.default_rng(0)
    points, weights = scale * rng.standard_normal((90, 70)), 1 + rng.random(90)
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    expected = [int(weights.argmax())]
    while len(expected) < 20:
        left = np.setdiff1d(np.arange(90), expected)
        spread = squared[np.ix_(expected, expected)].min(axis=1).sum() if len(expected) > 1 else 0.0
        nearest_picked = squared[np.ix_(left, expected)].min(axis=1)
        worth = np.log(weights[expected].sum() + weights[left]) - np.log(spread + nearest_picked)
        expected.append(int(left[worth.argmax()]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", 4)
        near = Term(Spread(Column("points", Kind.VECTOR, points), {}), -1.0)
        weight = Term(WeightSum(weights, "weight"), 1.0)
        found = [each.row for each in pick([near, weight], np.arange(90), 20, Monitor())[0]]

    assert found == expected


def test_blocks_of_candidates_are_chosen_from_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though all had to be looked at for the second pick, when nothing was known of any."""
    looked_at = []

    def largest(numbers: np.ndarray, count: int) -> np.ndarray:  # type: ignore[type-arg]
        looked_at.append(len(numbers))
        return tiers.largest(numbers, count)

    monkeypatch.setattr(blocks, "BLOCK", 16)
    monkeypatch.setattr(blocks, "largest", largest)
    points = np.random.default_rng(0).random((4000, 4)).astype(np.float32)
    pick([Term(Spread(Column("points", Kind.VECTOR, points), {}), 1.0)], np.arange(4000), 200, Monitor())

    assert max(looked_at) > 3000
    assert np.median(looked_at) < 600


def test_few_may_be_the_closest() -> None:
    """By their sketches; the one that is, among them."""
    points = np.random.default_rng(0).standard_normal((3000, 5)).astype(np.float32) @ np.ones((5, 200), np.float32)
    points += 0.3 * np.random.default_rng(1).standard_normal((3000, 200)).astype(np.float32)
    space, rows = nearest.Nearest(points), np.arange(20, 3000)
    space.pick(np.arange(20))
    closest = space.closest(rows)

    assert rows[space.exact(rows)[0].argmin()] in closest
    assert len(closest) < 2900
