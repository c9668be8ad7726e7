"""The combination rule, against a slow reference written from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from threading import Event
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tamis import errors
from tamis.declarations.objective import Objective
from tamis.progress import Monitor, Progress
from tamis.selection import blocks
from tamis.selection.greedy import pick
from tamis.selection.scoring import Term


class Sum(Objective):
    """The sum of weights: all that is needed to try the rule."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        self.sum = 0.0

    def values(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        return self.sum + self.weights[rows]

    def add(self, row: int) -> None:
        self.sum += self.weights[row]


def picked(weights: Sequence[Sequence[float]], strengths: Sequence[float], n: int) -> list[int]:
    """Rows in the order picked."""
    terms = [Term(Sum(column), strength) for column, strength in zip(weights, strengths, strict=True)]
    picks, _ = pick(terms, np.arange(len(weights[0])), n, Monitor())
    return [p.row for p in picks]


@pytest.mark.parametrize(
    ("weights", "strengths", "n", "expected"),
    [
        ([[1, 2, 3]], [1], 2, [2, 1]),
        ([[1, 2, 3], [6, 5, 3]], [1, 1], 2, [1, 2]),
        ([[1, 2, 3, 4]], [-1], 4, [0, 1, 2, 3]),
        ([[5, 5, 5]], [1], 3, [0, 1, 2]),
        # The documentation's worked example: products 216.30, 224.64, 223.45.
        ([[21.0, 20.8, 20.5], [10.3, 10.8, 10.9]], [1, 1], 1, [1]),
        # 101 * 11 > 105 * 4 although 1 * 10 < 5 * 3: objectives are of the whole selection.
        ([[100, 1, 5], [1, 10, 3]], [1, 1], 2, [0, 1]),
        ([[0, 0, 1], [1, 2, 0]], [1, 1], 3, [0, 2, 1]),  # all products are 0: the lowest; then 1 * 1 > 0 * 3
        ([[0, 1]], [-1], 2, [0, 1]),  # a sum of 0 to a negative power is infinite
        ([[0, 1], [0, 1]], [1, -1], 2, [1, 0]),  # 0 * infinity is no number, and comes last
        ([[0, 0], [0, 0]], [1, -1], 2, [0, 1]),
    ],
)
def test_published_and_edge_cases(
    weights: list[list[float]], strengths: list[float], n: int, expected: list[int]
) -> None:
    """Vectors worked out by hand, some of them published."""
    assert picked(weights, strengths, n) == expected


def reference(weights: Sequence[Sequence[int]], strengths: Sequence[int], n: int) -> list[int]:
    """The rule in exact arithmetic: the largest product of sums to integer powers, the lowest row if equal."""
    chosen: list[int] = []
    while len(chosen) < min(n, len(weights[0])):
        best: tuple[Fraction, int] | None = None
        for row in set(range(len(weights[0]))) - set(chosen):
            product = Fraction(1)
            for column, strength in zip(weights, strengths, strict=True):
                product *= Fraction(sum(column[i] for i in [*chosen, row])) ** strength
            if best is None or (product, -row) > (best[0], -best[1]):
                best = (product, row)
        assert best is not None
        chosen.append(best[1])
    return chosen


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[int]], list[int], int]:
    """Up to three columns of positive integers, with strengths that exact arithmetic can do."""
    rows = draw(st.integers(1, 12))
    columns = draw(st.lists(st.lists(st.integers(1, 9), min_size=rows, max_size=rows), min_size=1, max_size=3))
    strengths = draw(st.lists(st.sampled_from([-2, -1, 1, 2]), min_size=len(columns), max_size=len(columns)))
    return columns, strengths, draw(st.integers(0, rows + 2))


@given(problems(), st.sampled_from([1, 2, 1024]))
@example(([[2, 3], [3, 2], [5, 5]], [1, 1, 1], 2), 1)
def test_the_rule_in_exact_arithmetic(problem: tuple[list[list[int]], list[int], int], block: int) -> None:
    """Logarithms in float64 pick what exact products pick, ties included, however few are looked at together."""
    weights, strengths, n = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        found = picked(weights, strengths, n)

    assert found == reference(weights, strengths, n)


@given(problems(), st.integers(1, 1000))
def test_scaling_an_objective_changes_nothing(problem: tuple[list[list[int]], list[int], int], factor: int) -> None:
    """Nor does the order of the strategies."""
    weights, strengths, n = problem
    scaled = [[weight * factor / 7 for weight in weights[0]], *weights[1:]]

    assert picked(scaled, strengths, n) == picked(weights, strengths, n)
    assert picked(weights[::-1], strengths[::-1], n) == picked(weights, strengths, n)


def test_without_terms_rows_are_picked_in_order() -> None:
    """Nothing says which to prefer."""
    picks, stopped = pick([], np.array([3, 5, 8]), 2, Monitor())

    assert [p.row for p in picks] == [3, 5]
    assert stopped == "as many samples as asked for"


def test_objectives_are_those_of_the_selection() -> None:
    """Each pick carries the running sum, itself included."""
    picks, stopped = pick([Term(Sum([1, 2, 3]), 1)], np.arange(3), 9, Monitor())

    assert [p.objectives for p in picks] == [(3.0,), (5.0,), (6.0,)]
    assert stopped == "no candidate is left"


def test_an_objective_may_refuse_rows_and_end_the_selection() -> None:
    """A refusal holds for that pick only."""

    class Moody(Sum):
        picks = 0

        def add(self, row: int) -> None:
            super().add(row)
            self.picks += 1

        def allowed(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
            return rows % 2 == self.picks % 2

        def finished(self) -> str | None:
            return "enough" if self.picks == 3 else None

    picks, stopped = pick([Term(Moody([1, 2, 3, 4]), 1)], np.arange(4), 4, Monitor())

    assert [p.row for p in picks] == [2, 3, 0]
    assert stopped == "enough"
    assert pick([Term(Moody([1]), 1)], np.array([1]), 4, Monitor()) == ([], "every candidate that is left is rejected")


def test_progress_and_cancel() -> None:
    """The caller is told about every hundredth part, and can stop from there."""
    event = Event()
    seen: list[Progress] = []

    def callback(progress: Progress) -> None:
        seen.append(progress)
        if progress.done == 30:
            event.set()

    term: Any = Term(Sum(np.ones(1000).tolist()), 1)
    with pytest.raises(errors.Cancelled):
        pick([term], np.arange(1000), 1000, Monitor(callback, event))
    assert [p.done for p in seen] == [10, 20, 30]
    assert {p.stage for p in seen} == {"selecting"}
