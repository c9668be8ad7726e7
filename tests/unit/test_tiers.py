"""Tiers: the candidates whose bounds are the largest, and what bounds all others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.selection import tiers
from tamis.selection.tiers import NOWHERE, Tier, largest

bounds = st.lists(st.sampled_from([-np.inf, 0.0, 1.0, 2.0, 3.5, np.inf]), max_size=30)


@given(numbers=bounds, count=st.integers(1, 40), at_a_time=st.integers(1, 12))
def test_the_largest_are_the_first_of_a_stable_order(numbers: list[float], count: int, at_a_time: int) -> None:
    """However many are compared at a time."""
    order = sorted(range(len(numbers)), key=lambda place: -numbers[place])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "AT_A_TIME", at_a_time)
        chosen = largest(np.array(numbers), count)

    assert np.flatnonzero(chosen).tolist() == sorted(order[:count])


@given(numbers=bounds, count=st.integers(1, 40), at_a_time=st.integers(1, 12))
def test_a_part_knows_the_largest_bound_outside_and_who_first_attains_it(
    numbers: list[float], count: int, at_a_time: int
) -> None:
    """Where bounds are compared with each other only."""
    n = len(numbers)
    every, rows = Tier(np.arange(n), np.full(1, -np.inf), NOWHERE), 10 * np.arange(n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "AT_A_TIME", at_a_time)
        inside = largest(np.array(numbers), count)
        part = every.part(inside, np.array(numbers), rows, np.zeros(n, dtype=np.intp), alone=True)
    left = [place for place in range(n) if not inside[place]]
    most = max((numbers[place] for place in left), default=-np.inf)

    assert part.positions.tolist() == np.flatnonzero(inside).tolist()
    assert part.outside.tolist() == [most]
    assert part.lowest == (10 * min(place for place in left if numbers[place] == most) if left else NOWHERE)
    assert part.is_all is not bool(left)
