"""BALANCE alone over many class vectors that all differ: few are looked at, and picks are the exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Column, Kind
from tamis.progress import Monitor
from tamis.selection.greedy import pick
from tamis.selection.scoring import Term
from tamis_plugins.objectives import closeness, series
from tamis_plugins.objectives.closeness import Closeness

CLASSES = ("a", "b", "c", "d", "e")


def expected(vectors: Any, target: Any, strength: float, picks: int, given_: list[int]) -> list[int]:
    """By the definition: every candidate's cross-entropy at every pick, the lowest row of those that tie."""
    total, chosen = vectors[given_].sum(axis=0), list[int]()
    for _ in range(picks):
        amounts = total + vectors
        shares = amounts / np.maximum(amounts.sum(axis=1, keepdims=True), 1e-300)
        logs = -strength * np.log(np.maximum(-(np.log(shares + 1e-10) @ target), 1e-12))
        logs[chosen + given_] = -np.inf
        chosen.append(int(np.flatnonzero(logs >= logs.max() - 1e-14)[0]))
        total = total + vectors[chosen[-1]]
    return chosen


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    kind=st.sampled_from(["UNIFORM", "INPUT", "TARGET", "one class"]),
    amounts=st.sampled_from(["shares", "many", "counts", "far apart"]),
    strength=st.sampled_from([1.0, -1.0, 0.5]),
    given_=st.integers(0, 3),
)
def test_picks_are_those_of_the_definition(seed: int, kind: str, amounts: str, strength: float, given_: int) -> None:
    """Whatever the target, the size of the amounts, and the sign; with duplicates, and rows that are there already."""
    rng = np.random.default_rng(seed)
    vectors = rng.dirichlet(np.ones(5) * rng.choice([0.2, 1.0, 9.0]), 120)
    if amounts == "many":
        vectors *= rng.integers(1, 30, (120, 1))
    elif amounts == "counts":
        vectors = rng.integers(0, 4, (120, 5)).astype(np.float64) + np.eye(5)[rng.integers(0, 5, 120)]
    elif amounts == "far apart":
        vectors *= 10.0 ** rng.integers(-2, 3, (120, 1))
    vectors[rng.integers(0, 120, 20)] = vectors[rng.integers(0, 120, 20)]
    target = {"UNIFORM": np.full(5, 0.2), "INPUT": vectors.sum(axis=0) / vectors.sum()}.get(kind)
    params: dict[str, Any] = {"distribution": kind, "strength": strength}
    if target is None:
        target = np.eye(5)[2] if kind == "one class" else rng.dirichlet(np.ones(5))
        params |= {"distribution": "TARGET", "target": dict(zip(CLASSES, target.tolist(), strict=True))}
    first = rng.choice(120, given_, replace=False).tolist()
    column = Column("shares", Kind.DISTRIBUTION, vectors, labels=CLASSES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closeness, "MANY", 4)
        patch.setattr(series, "CHUNK", 50)
        term = Term(Closeness(column, params), strength)
        candidates = np.setdiff1d(np.arange(120), first)
        found = [each.row for each in pick([term], candidates, 25, Monitor(), first)[0]]

    assert found == expected(vectors, target, strength, 25, first)


@pytest.mark.parametrize("strength", [1.0, -1.0])
def test_the_unit_of_amounts_does_not_matter(strength: float) -> None:
    """By powers of two, so that shares are the same numbers, though float32 holds none of these amounts."""
    vectors = np.random.default_rng(0).dirichlet(np.ones(5), 400)
    found = []
    for unit in (1.0, 2.0**-300, 2.0**300):
        column = Column("shares", Kind.DISTRIBUTION, unit * vectors, labels=CLASSES)
        term = Term(Closeness(column, {"distribution": "UNIFORM", "strength": strength}), strength)
        found.append([each.row for each in pick([term], np.arange(400), 12, Monitor())[0]])

    assert found[0] == expected(vectors, np.full(5, 0.2), strength, 12, [])
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_few_are_asked_for_exactly() -> None:
    """Once some are selected, the bounds leave a few of two thousand."""
    rng = np.random.default_rng(0)
    vectors = rng.dirichlet(np.ones(10), 2000)
    column = Column("shares", Kind.DISTRIBUTION, vectors, labels=tuple("abcdefghij"))
    objective = Closeness(column, {"distribution": "UNIFORM"})
    for row in range(100):
        objective.add(row)
    rows = np.arange(100, 2000)
    short, values = objective.shortlist(rows, True), objective.values(rows)

    assert rows[values.argmax()] in short
    assert len(short) < 40
