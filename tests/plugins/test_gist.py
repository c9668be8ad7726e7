"""GIST: a selection that is chosen as a whole, against all that there are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Chooser, Column, Dataset, Kind, Registry, Selection, Strategy, errors, select
from tamis_plugins.neighbours import independent as sets
from tamis_plugins.neighbours.independent import independent, separation
from tamis_plugins.neighbours.nearest import Nearest
from tamis_plugins.objectives.thresholds import Found, trade_off

VALUE = {"input": {"type": "METADATA", "key": "value"}, "strategy": {"type": "WEIGHTS"}}


def gist(strength: float = 1.0) -> dict[str, Any]:
    """An entry of a config."""
    return {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "GIST", "strength": strength}}


def run(
    points: Any, values: Any, entries: list[dict[str, Any]], n: int, registry: Registry | None = None, **options: Any
) -> Selection:
    """A selection of samples s0, s1, ... with these vectors and values."""
    points = np.asarray(points, dtype=np.float64).reshape(len(points), -1)
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(len(points))], points)
    dataset = dataset.with_metadata({"value": np.asarray(values, dtype=float)})
    config = {"n_samples": n, "strategies": entries}
    return select(dataset, config, registry=registry or Registry.built_in(), **options)


def distances(points: Any) -> Any:
    """Of all pairs."""
    return np.sqrt(((points[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 12), given_=st.integers(0, 3))
def test_points_taken_are_the_first_in_order_that_are_apart(seed: int, count: int, given_: int) -> None:
    """Each is no closer than asked to all before it, and all between them are; duplicates and ties too."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 6, (40, 2)).astype(np.float32)
    apart, order = distances(points), rng.permutation(40)
    first, order = order[:given_], order[given_:]
    threshold = float(rng.choice([0.0, 1.0, np.sqrt(2), 2.5, 5.0]))
    expected: list[int] = []
    for row in order.tolist():
        if len(expected) < count and all(apart[row, other] >= threshold for other in (*expected, *first)):
            expected.append(row)
    space = Nearest(points)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "BLOCK", 5)
        found = independent(space, order, count, threshold, first, lambda: None)
        least = separation(space, found, first)

    if threshold:
        assert found.tolist() == expected
    pairs = [apart[a, b] for a, b in combinations(found, 2)] + [apart[a, b] for a in found for b in first]
    assert least == pytest.approx(min(pairs, default=np.inf))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    n=st.integers(3, 9),
    count=st.integers(2, 4),
    strength=st.sampled_from([0.01, 0.3, 1.0, 5.0, 100.0]),
    given_=st.integers(0, 2),
)
def test_at_least_half_of_the_best_possible(seed: int, n: int, count: int, strength: float, given_: int) -> None:
    """Of all selections of that size, by trying every one; and what is said to be proven is no more than is true."""
    rng = np.random.default_rng(seed)
    count = min(count, n)
    points = rng.integers(0, 8, (n + given_, 2)).astype(np.float64)
    utility = rng.random(n + given_) ** rng.integers(1, 20) * 10.0 ** rng.integers(-6, 6)
    apart, first = distances(points), np.arange(n, n + given_)
    order = np.argsort(-utility[:n], kind="stable")
    space = Nearest(points)

    def find(threshold: float) -> Found:
        rows = independent(space, order, count, threshold, first, lambda: None)
        least = separation(space, rows, first) if len(rows) == count else 0.0
        return Found(threshold, rows, float(utility[rows].sum()), least)

    found = trade_off(find, count, strength, space.radius)

    def worth(rows: Any) -> float:
        pairs = [apart[a, b] for a, b in combinations(rows, 2)] + [apart[a, b] for a in rows for b in first]
        return float(found.per_utility * utility[list(rows)].sum() + found.per_distance * min(pairs))

    best, reached = max(map(worth, combinations(range(n), count))), worth(found.rows)
    assert len(found.rows) == count
    assert reached >= best / 2 * (1 - 1e-9)
    assert 0.5 * (1 - 1e-9) <= found.share <= reached / best * (1 + 1e-9)


def test_of_two_that_are_nearly_the_same_one_is_taken() -> None:
    """By utility alone s0 and s1 come first; DIVERSITY beside it takes both, GIST one and the next."""
    points, values = [0.0, 0.01, 5.0, 6.0], [1.0, 0.99, 0.9, 0.1]

    assert run(points, values, [VALUE], 2).selected == ("s0", "s1")
    assert run(points, values, [gist(), VALUE], 2).selected == ("s0", "s2")
    assert run(points, values, [gist(0.001), VALUE], 2).selected == ("s0", "s1")
    assert run(points, values, [gist(50.0), VALUE], 2).selected == ("s0", "s3")


def test_it_says_what_it_has_reached() -> None:
    """The separation, the share that is proven, and for each pick both objectives."""
    selection = run([0.0, 0.01, 5.0, 6.0], [1.0, 0.99, 0.9, 0.1], [gist(), VALUE], 2)
    summary = selection.manifest()["summaries"]["strategies[0]"]

    assert summary.startswith("the closest two selected samples are 5 apart; at least ")
    assert int(summary.split("at least ")[1].split("%")[0]) >= 50
    assert "GIST" in selection.explain("s2")
    assert "Rank" in selection.explain("s3")


def test_it_says_where_there_was_nothing_to_choose_by_distance() -> None:
    """All candidates, or one of them, whatever was there before or is refused."""
    points, values = [0.0, 1.0, 5.0], [1.0, 3.0, 2.0]

    def told(n: int, **options: Any) -> str:
        return str(run(points, values, [gist(), VALUE], n, **options).manifest()["summaries"]["strategies[0]"])

    assert told(3) == told(9) == told(2, preselected=["s0"]) == told(2, exclude=["s1"]) == "all candidates are selected"
    assert told(1) == "one sample alone is apart from none"
    assert told(1, preselected=["s0"]).startswith("the closest two")


def test_samples_selected_before_keep_others_at_a_distance() -> None:
    """s0 is there: s1 beside it is passed over, and is not needed to be apart from what was there anyway."""
    points, values = [0.0, 0.01, 5.0, 6.0], [1.0, 0.99, 0.9, 0.1]

    assert run(points, values, [gist(), VALUE], 1, preselected=["s0"]).selected == ("s2",)
    assert run(points, values, [gist(), VALUE], 1, preselected=["s0", "s1"]).selected == ("s2",)


def test_without_other_strategies_it_takes_what_is_apart() -> None:
    """Of a line, both ends; of all there are, all."""
    assert set(run([0.0, 1.0, 2.0, 3.0, 9.0], [0] * 5, [gist()], 2).selected) == {"s0", "s4"}
    assert len(run([0.0, 1.0, 2.0], [0] * 3, [gist()], 3).selected) == 3
    assert len(run([1.0, 1.0, 1.0], [0] * 3, [gist()], 2).selected) == 2


def test_a_negative_strength_of_another_prefers_low_values() -> None:
    """The least of the utilities counts as 0."""
    low = {**VALUE, "strategy": {"type": "WEIGHTS", "strength": -1}}

    assert run([0.0, 0.01, 5.0, 9.0], [1.0, 0.99, 0.5, 0.1], [gist(0.01), low], 2).selected == ("s3", "s2")


def test_what_another_strategy_refuses_is_not_chosen() -> None:
    """A limit to the sum holds."""
    limited = {**VALUE, "strategy": {"type": "WEIGHTS", "target_range": {"max_sum": 1.5}}}

    selection = run([0.0, 1.0, 5.0, 9.0], [2.0, 1.0, 0.9, 0.3], [gist(), limited], 3)

    assert "s0" not in selection.selected
    assert sum({"s1": 1.0, "s2": 0.9, "s3": 0.3}[name] for name in selection.selected) <= 1.5


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([gist(), {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}], "DIVERSITY can't be combined"),
        ([gist(), gist()], r"strategies\[1\].strategy: GIST can't be combined with GIST"),
        ([gist(-1.0)], "is negative"),
        ([{**VALUE, "strategy": {"type": "GIST"}}], "GIST takes a vector"),
    ],
)
def test_what_does_not_go_with_it_is_said_before_anything_is_read(entries: list[Any], message: str) -> None:
    """And what does."""
    with pytest.raises(errors.ConfigError, match=message) as caught:
        run([0.0, 1.0], [0.0, 1.0], entries, 1)
    if "combined" in message:
        assert "SIMILARITY, THRESHOLD, TYPICALITY or WEIGHTS" in str(caught.value)


class Twice(Chooser):
    """Chooses one row twice."""

    def __init__(self, column: Column, params: Any) -> None:
        pass

    def values(self, rows: Any) -> Any:
        return np.zeros(len(rows))

    def add(self, row: int) -> None:
        pass

    def choose(self, rows: Any, count: int, utility: Any, report: Any) -> Any:
        return np.repeat(rows[:1], count)


class Foreign(Twice):
    """Chooses what is no candidate."""

    def choose(self, rows: Any, count: int, utility: Any, report: Any) -> Any:
        return rows[:count] + 99


@pytest.mark.parametrize(
    ("objective", "chooses", "message"),
    [(Twice, True, "one twice"), (Foreign, True, "no candidate"), (Twice, False, "chooses is False")],
)
def test_a_chooser_that_breaks_its_word_is_named(objective: Any, chooses: bool, message: str) -> None:
    """The error names the strategy, its plugin and the place."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("LIAR", accepts={Kind.VECTOR}, objective=objective, chooses=chooses))
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "LIAR"}}

    with pytest.raises(errors.BrokenPluginError, match=rf"strategies\[0\].strategy: strategy 'LIAR'.*{message}"):
        run([0.0, 1.0, 2.0], [0.0] * 3, [entry], 2, registry)


def test_a_choice_can_be_cancelled_and_followed() -> None:
    """It reports as it tries thresholds."""
    from threading import Event

    rng, cancel, stages = np.random.default_rng(0), Event(), list[str]()

    def follow(progress: Any) -> None:
        stages.append(progress.stage)
        cancel.set()

    with pytest.raises(errors.Cancelled):
        run(rng.random((600, 4)), rng.random(600), [gist(), VALUE], 50, progress=follow, cancel=cancel)
    assert stages
