"""What is near what: the fast searches for duplicates against comparing each with each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis_plugins.duplicates import bands, hashes, vectors
from tamis_plugins.duplicates.equal import first_equal
from tamis_plugins.duplicates.groups import Groups

BIT = st.integers(0, 63)


def slowly(rows: Sequence[int], near: Callable[[int, int], bool]) -> list[int]:
    """For each row, the first kept one that it is near to, by the definition."""
    kept: list[int] = []
    owners = []
    for row in rows:
        owner = next((other for other in kept if near(row, other)), row)
        kept += [row] * (owner == row)
        owners.append(owner)
    return owners


@st.composite
def families(draw: st.DrawFn) -> Any:
    """Hashes of which many are a few bits from another: equal ones, chains, and strangers."""
    found = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
    for _ in range(draw(st.integers(0, 40))):
        parent = draw(st.sampled_from(found))
        found.append(parent ^ sum(1 << bit for bit in draw(st.sets(BIT, max_size=6))))
    return np.array(draw(st.permutations(found)), dtype=np.uint64)


@settings(max_examples=60)
@given(found=families(), distance=st.integers(0, 16), pairs=st.sampled_from([1 << 24, 20]))
def test_hashes_are_kept_as_by_comparing_all(found: Any, distance: int, pairs: int) -> None:
    """At every distance, with equal ones and chains, and when there are too many pairs to look at once."""
    expected = slowly(range(len(found)), lambda a, b: (int(found[a]) ^ int(found[b])).bit_count() <= distance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes, "PAIRS", pairs)
        patch.setattr(hashes, "EACH", 0)

        assert hashes.first_near(found, distance).tolist() == expected


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 6, 8])
def test_many_hashes_are_kept_as_by_comparing_all(distance: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random ones, and copies with as many bits changed as may be, and one more; in tables, though they are few."""
    monkeypatch.setattr(hashes, "tables", lambda distance, rows: bands.tables(distance, 100_000))
    rng = np.random.default_rng(distance)
    base = rng.integers(0, 2**64, 200, dtype=np.uint64)
    changed = base.copy()
    for row, count in enumerate(rng.integers(distance, distance + 2, len(base))):
        changed[row] ^= np.bitwise_or.reduce(np.uint64(1) << rng.permutation(64)[:count].astype(np.uint64), initial=0)
    found = rng.permutation(np.concatenate([base, changed]))
    near = np.bitwise_count(found[:, None] ^ found) <= distance

    assert hashes.first_near(found, distance).tolist() == slowly(range(400), lambda a, b: bool(near[a, b]))


def test_all_equal_and_none() -> None:
    """One is kept of many equal hashes, and nothing of none."""
    assert not hashes.first_near(np.full(100_000, 7, np.uint64), 4).any()
    assert hashes.first_near(np.empty(0, np.uint64), 4).tolist() == []


def test_a_crowd_of_hashes_is_halved_until_it_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 6,000 different hashes within 3 bits of 0 there are 18 million pairs; none are looked at beyond a limit."""
    rng, looked = np.random.default_rng(0), [0]
    crowd = np.zeros(6_000, dtype=np.uint64)
    for _ in range(3):
        crowd ^= np.uint64(1) << rng.integers(0, 64, len(crowd), dtype=np.uint64)
    pairs = bands.Sorted.pairs

    def counting(self: bands.Sorted, *args: Any) -> Any:
        looked.append(len(self.rows) ** 2 // 2)
        return pairs(self, *args)

    monkeypatch.setattr(bands.Sorted, "pairs", counting)
    monkeypatch.setattr(hashes, "PAIRS", 1 << 16)
    owners = hashes.first_near(crowd, 6)

    assert not owners.any()  # all are within 6 bits of the first
    assert sum(looked) < 3_000_000


@pytest.mark.parametrize("distance", range(1, 17))
def test_each_pair_meets_first_in_one_table(distance: int) -> None:
    """Two hashes that differ in as many bits as may be meet, and are told once."""
    rng = np.random.default_rng(distance)
    tables = bands.tables(distance, 1000)
    for _ in range(20):
        bits = rng.permutation(64)[: rng.integers(1, distance + 1)]
        pair = np.array([5, 5], dtype=np.uint64)
        pair[1] ^= np.uint64(sum(1 << int(bit) for bit in bits))
        found = []
        for table in tables:
            ordered = bands.Sorted.of(pair, table)
            found += [len(earlier) for earlier, _ in ordered.pairs(table, distance, ordered.ends())]

        assert sum(found) == 1


def test_equal_rows_are_equal_in_every_column() -> None:
    """A pair of digest and size; the first of each is kept."""
    columns = [np.array(column) for column in ([3, 3, 3, 1, 3], [7, 8, 7, 7, 7])]

    assert first_equal(columns).tolist() == [0, 1, 0, 3, 0]


@settings(max_examples=50)
@given(
    seed=st.integers(0, 999),
    count=st.integers(0, 40),
    dimensions=st.integers(1, 4),
    distance=st.sampled_from([0, 0.25, 0.5, 1, 3]),
    like=st.sampled_from(["random", "grid", "equal", "far away"]),
)
def test_vectors_are_kept_as_by_comparing_all(
    seed: int, count: int, dimensions: int, distance: float, like: str
) -> None:
    """In blocks of any size; on a grid, where distances are exactly the limit, and where float32 can't tell them."""
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((count, dimensions))
    if like != "random":
        points = {"grid": np.round(points * 4) / 4, "equal": np.ones_like(points), "far away": points + 1e6}[like]
    order = rng.permutation(count)
    lengths = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "BLOCK", 7)
        patch.setattr(vectors, "KEPT", 5)
        found = vectors.first_near(points, order, distance)

    assert found.tolist() == slowly(order.tolist(), lambda a, b: bool(lengths[a, b] <= distance))


def test_a_distance_beyond_all_is_one_group() -> None:
    """However large it is, nothing overflows."""
    points = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)

    assert not vectors.first_near(points, np.arange(50), 1e300).any()


def test_groups_have_places_in_the_order_of_preference() -> None:
    """Rows 4, 2 and 0 are preferred in this order and in one group; 1 is alone, 3 is in none."""
    groups = Groups.of(np.array([4, 2, 1, 0]), np.array([4, 4, 1, 4]), 5)

    assert groups.owners.tolist() == [4, 1, 4, -1, 4]
    assert groups.places.tolist() == [2, 0, 1, -1, 0]
    assert groups.sizes.tolist() == [3, 1, 3, 0, 3]
    assert groups.numbers.tolist() == [1, 0, 1, 0, 1]
