"""THRESHOLD and WEIGHTS, through the public ``select``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import Column, Dataset, InputProvider, Kind, Registry, Selection, errors, select


def run(values: list[float], strategy: dict[str, Any], *more: dict[str, Any], n: int = 99, **top: Any) -> Selection:
    """A selection from samples s0, s1, ... with these values, by these strategies."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(
        InputProvider(
            "VALUES",
            lambda params, context: Column("VALUES", Kind.SCALAR, np.array(values)),
            kind=lambda params, about: Kind.SCALAR,
        )
    )
    names = [f"s{i}" for i in range(len(values))]
    dataset = Dataset.from_images(names, [np.zeros((1, 1, 3), np.uint8)] * len(values))
    entries = [{"input": {"type": "VALUES"}, "strategy": s} for s in (strategy, *more)]
    return select(dataset, {"n_samples": n, "strategies": entries, **top}, registry=registry)


def rows(selection: Selection) -> list[int]:
    """Rows in the order picked."""
    return [int(name[1:]) for name in selection.selected]


def threshold(operation: str, limit: float) -> dict[str, Any]:
    """A THRESHOLD."""
    return {"type": "THRESHOLD", "operation": operation, "threshold": limit}


@pytest.mark.parametrize(
    ("operation", "kept"),
    [("SMALLER", [0]), ("SMALLER_EQUAL", [0, 1]), ("BIGGER", [2]), ("BIGGER_EQUAL", [1, 2])],
)
def test_the_four_operations(operation: str, kept: list[int]) -> None:
    """What is kept of 1, 2 and 3 with a threshold of 2."""
    assert rows(run([1.0, 2.0, 3.0], threshold(operation, 2))) == kept


def test_a_threshold_alone_selects_in_input_order_and_says_so() -> None:
    """With more survivors than asked for, the first are taken."""
    selection = run([5, 1, 6, 7], threshold("BIGGER", 4), n=2)

    assert rows(selection) == [0, 2]
    assert any("no strategy says which of the 3 candidates to prefer" in note for note in selection.notes)


def test_thresholds_come_first_wherever_they_stand() -> None:
    """And all must be met; each counts what it removes after those before it."""
    selection = run(
        [1, 2, 3, 4, 5],
        {"type": "WEIGHTS"},
        threshold("SMALLER", 4),
        threshold("BIGGER", 1),
        threshold("SMALLER", 5),
        n=1,
    )

    assert rows(selection) == [2]
    assert [(r["path"], r["samples"]) for r in selection.manifest()["counts"]["removed"]] == [
        ("strategies[1]", 2),
        ("strategies[2]", 1),
        ("strategies[3]", 0),
    ]


def test_all_removed_is_an_empty_selection() -> None:
    """With a note, and no error."""
    selection = run([1, 2], threshold("BIGGER", 9), {"type": "WEIGHTS"})

    assert rows(selection) == []
    assert "only 0 left to choose from" in selection.notes[0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.integers(0, 31))
def test_weights_alone_sort_descending(values: list[float], n: int) -> None:
    """With a stable order among equals, and ascending with a negative strength."""
    gaps = np.diff(np.unique(values))
    if len(gaps) and gaps.min() < 1e-3:  # closer than rounding leaves them beside sums of 1e7
        return
    stable = np.argsort(-np.array(values), kind="stable")[:n].tolist()

    assert rows(run(values, {"type": "WEIGHTS"}, n=n)) == stable


def test_negative_strength_prefers_low_values() -> None:
    """Whatever its size."""
    assert rows(run([3, 1, 2], {"type": "WEIGHTS", "strength": -0.5})) == [1, 2, 0]


def test_strength_zero_leaves_a_strategy_out() -> None:
    """And says so."""
    selection = run([1, 2, 3], {"type": "WEIGHTS", "strength": 0})

    assert rows(selection) == [0, 1, 2]
    assert selection.notes[0] == "strategies[0].strategy.strength: 0 leaves this strategy out"


def test_negative_values_are_shifted_and_reported() -> None:
    """The smallest candidate's becomes 0; samples that a threshold removes have no say."""
    selection = run([-100, -2, 3, 0], threshold("BIGGER", -50), {"type": "WEIGHTS"})

    assert rows(selection) == [2, 3, 1]
    assert selection.manifest()["picks"][0]["objectives"] == {"strategies[1]": 5.0}
    assert selection.notes[0] == (
        "strategies[1].strategy: VALUES has negative values: its smallest, -2, was subtracted from all"
    )


def test_products_that_are_all_0_are_a_note() -> None:
    """From the pick on from which nothing is preferred any more; where something is, there is none.

    The first is no such pick: nothing is apart from itself, and a factor that is the same for all prefers none.
    """
    zero, some, none = [0.0] * 4, [0.0, 0.0, 2.0, 1.0], [-3.0] * 4
    points = np.array([[0.0], [1.0], [5.0], [2.0]])
    apart = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    weighted = {"input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "WEIGHTS"}}
    tail = "0 from pick 2 on, whatever is picked{}: these picks are in input order"
    both = tail.format(", and so is the product of all strategies")

    def notes(w: list[float], *entries: dict[str, Any], n: int = 3) -> list[str]:
        data = Dataset.from_embeddings(list("abcd"), points).with_metadata({"w": w})
        found = select(data, {"n_samples": n, "strategies": list(entries)}, registry=Registry.built_in())
        return [note for note in found.notes if "whatever is picked" in note]

    assert notes(zero, weighted) == [f"strategies[0].strategy: {tail.format('')}"]
    assert notes(zero, weighted, apart) == [f"strategies[0].strategy: {both}"]
    assert notes(none, apart, weighted) == [f"strategies[1].strategy: {both}"]
    assert notes(some, weighted, apart) == notes(some, weighted) == notes(some, apart) == notes(some, apart, n=1) == []


def test_the_sum_that_stops_includes_the_sample_that_reaches_it() -> None:
    """5, then 4 more are 9, which is at least 8."""
    selection = run([1, 4, 5, 3], {"type": "WEIGHTS", "stopping_condition_max_sum": 8})

    assert rows(selection) == [2, 1]
    assert selection.stopped == "stopping_condition_max_sum: the sum has reached 9"


def test_a_sum_without_a_number_of_samples() -> None:
    """n_samples -1 leaves the end to the stopping condition; 0 needs no sample at all."""
    assert rows(run([1, 4, 5], {"type": "WEIGHTS", "stopping_condition_max_sum": 5}, n=-1)) == [2]
    assert rows(run([1, 4, 5], {"type": "WEIGHTS", "stopping_condition_max_sum": 0}, n=-1)) == []


def test_a_range_refuses_what_would_exceed_it() -> None:
    """5 fits, 4 doesn't, 3 does; then nothing does."""
    selection = run([1.5, 4, 5, 3], {"type": "WEIGHTS", "target_range": {"max_sum": 8}})

    assert rows(selection) == [2, 3]
    assert selection.stopped == (
        "every candidate that is left is rejected: it would raise the sum above 8 (target_range.max_sum)"
    )


def test_a_range_that_is_not_reached_is_reported() -> None:
    """The sum that there is, and the one there should be."""
    selection = run([1, 2], {"type": "WEIGHTS", "target_range": {"min_sum": 10}})

    assert selection.notes[0] == "strategies[0].strategy: target_range.min_sum: the sum is 3, below 10"
    assert not any("below" in note for note in run([6, 5], {"type": "WEIGHTS", "target_range": {"min_sum": 10}}).notes)


def test_samples_without_a_value_are_left_out() -> None:
    """A NaN is no value: the sample is named, and doesn't count as usable."""
    nan = float("nan")
    selection = run([1, nan, 3, nan, 5], {"type": "WEIGHTS"}, n=1)

    assert rows(selection) == [4]
    assert [(f.sample, f.stage, f.key) for f in selection.failures] == [
        ("s1", "input", "VALUES"),
        ("s3", "input", "VALUES"),
    ]


def test_no_value_at_all_is_an_error() -> None:
    """There is nothing to select from."""
    with pytest.raises(errors.RunError, match="none of 1 samples has a value of every input"):
        run([float("nan")], {"type": "WEIGHTS"})


def test_fewer_than_asked_for() -> None:
    """All are selected, and the shortage is noted."""
    selection = run([1, 2], {"type": "WEIGHTS"}, n=5)

    assert rows(selection) == [1, 0]
    assert selection.notes == ("5 asked for, and only 2 left to choose from",)


def test_thresholds_that_leave_too_few_are_named() -> None:
    """With what each removes."""
    selection = run([1, 2, 3], {"type": "THRESHOLD", "threshold": 2, "operation": "BIGGER"}, n=2)

    assert rows(selection) == [2]
    assert selection.notes == ("2 asked for, and only 1 left to choose from: strategies[0] removes 2",)


def test_none_asked_for() -> None:
    """An empty selection, noted."""
    assert run([1, 2], {"type": "WEIGHTS"}, n=0).notes == ("0 samples were asked for, and none is selected",)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1e13, 1, 2, 3], [0, 3, 2, 1]),
        ([1.5, 1.5 + 1e-12, 1.5 - 1e-12], [1, 0, 2]),
    ],
)
def test_weights_alone_compare_sums_as_they_are(values: list[float], expected: list[int]) -> None:
    """Close values are not ties, whatever the strength."""
    for strength in (1, 1e-9):
        assert rows(run(values, {"type": "WEIGHTS", "strength": strength})) == expected


@pytest.mark.parametrize(
    "strategy",
    [
        {"type": "WEIGHTS", "target_range": {}},
        {"type": "WEIGHTS", "target_range": {"min_sum": 1}},
        {"type": "WEIGHTS", "stopping_condition_max_sum": 1, "strength": 0},
    ],
)
def test_without_a_condition_that_can_stop_there_must_be_a_number(strategy: dict[str, Any]) -> None:
    """n_samples -1 would select all."""
    with pytest.raises(errors.ConfigError, match="n_samples: -1 sets no limit"):
        run([1, 2], strategy, n=-1)
