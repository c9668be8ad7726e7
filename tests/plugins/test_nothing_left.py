"""Thresholds that leave nothing, and targets of which nothing occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tamis import Column, Kind, Progress, Strategy, errors
from tests.plugins.test_combining import category, number, run

WEIGHTS = {"type": "WEIGHTS"}


def threshold(operation: str, value: float) -> dict[str, Any]:
    """A THRESHOLD."""
    return {"type": "THRESHOLD", "operation": operation, "threshold": value}


@pytest.mark.parametrize(
    ("operation", "value", "kept"),
    [
        ("SMALLER", 0.5, "SMALLER than 0.5"),
        ("SMALLER_EQUAL", 12, "SMALLER than or EQUAL to 12"),
        ("BIGGER", 201.5, "BIGGER than 201.5"),
        ("BIGGER_EQUAL", 1e6, "BIGGER than or EQUAL to 1e+06"),
    ],
)
def test_a_threshold_that_removes_all_is_told_what_there_is(operation: str, value: float, kept: str) -> None:
    """The range of the values, and what none of them is."""
    selection = run({"N": number(201.5, 12.25, 100)}, [("N", threshold(operation, value)), ("N", WEIGHTS)], 2)

    assert selection.selected == ()
    assert selection.notes[-1] == f"strategies[0]: number ranges from 12.25 to 201.5, and no sample is {kept}"
    assert "2 asked for, and only 0 left to choose from: strategies[0] removes 3" in selection.notes


def test_thresholds_that_remove_all_together_are_each_told() -> None:
    """How many each leaves, of the samples that could be picked: not of the preselected one."""
    columns = {"N": number(1, 2, 3, 99), "M": number(7, 7, 7, 99)}
    entries = [("N", threshold("SMALLER", 2)), ("N", threshold("BIGGER", 2)), ("M", threshold("BIGGER", 7))]
    selection = run(columns, entries, preselected=["s3"])

    assert selection.notes[-3:] == (
        "strategies[0]: number ranges from 1 to 3, and 1 of 3 samples are SMALLER than 2",
        "strategies[1]: number ranges from 1 to 3, and 1 of 3 samples are BIGGER than 2",
        "strategies[2]: number is 7 in all of them, and no sample is BIGGER than 7",
    )


def test_nothing_is_said_where_something_is_left_or_nothing_was_asked_for() -> None:
    """One of three is left; none of none is what was asked for."""
    some = run({"N": number(1, 2, 3)}, [("N", threshold("BIGGER", 2))])
    none = run({"N": number(1, 2, 3)}, [("N", threshold("BIGGER", 3))], 0)

    assert not any("ranges from" in note for note in (*some.notes, *none.notes))


@pytest.mark.parametrize(
    ("keeps", "told"),
    [(None, "no sample is kept by ODD step=3"), (lambda params: f"a multiple of {params['step']}", "a multiple of 3")],
)
def test_a_filter_of_another_plugin_says_what_it_keeps_or_is_named(keeps: Any, told: str) -> None:
    """Of categories, there is no range."""

    def none(column: Column, params: Any) -> Any:
        return np.zeros(len(column), dtype=bool)

    schema = {"properties": {"step": {"type": "integer"}}}
    odd = Strategy("ODD", accepts={Kind.CATEGORY}, filter=none, keeps=keeps, schema=schema)
    selection = run({"C": category("a", "b")}, [("C", {"type": "ODD", "step": 3})], plugins=[odd])

    assert selection.notes[-1].startswith("strategies[0]: of class, no sample is ")
    assert selection.notes[-1].endswith(told)


def notes_of(classes: Sequence[str], target: dict[str, float], n: int = 2) -> tuple[str, ...]:
    """What a BALANCE of these classes has to say before the first pick."""
    said: list[Progress] = []
    run({"C": category(*classes)}, [("C", {"type": "BALANCE", "target": target})], n, progress=said.append)
    return tuple(progress.note for progress in said if progress.note)


def test_a_category_that_this_weeks_data_lacks_is_a_note() -> None:
    """Whether another of the target occurs or not; then nothing is preferred, and other strategies decide."""
    some = notes_of(["sunny", "cloudy"], {"snowy": 0.5, "sunny": 0.5})
    none = notes_of(["sunny", "cloudy"], {"snowy": 0.5})
    columns = {"C": category("sunny", "cloudy", "rainy"), "N": number(1, 3, 2)}
    selection = run(columns, [("C", {"type": "BALANCE", "target": {"snowy": 1.0}}), ("N", WEIGHTS)], 2)

    lacking = "strategies[0].strategy: target: no sample's class is 'snowy' (there is cloudy, sunny)"
    assert some == (lacking,)
    assert none == (
        lacking,
        "strategies[0].strategy: target: none of its classes occurs, so this strategy prefers no sample",
    )
    assert selection.selected == ("s1", "s2")


@pytest.mark.parametrize(
    ("class_", "wanted", "ends"),
    [
        ("sunny", "snowy", "'snowy' (there is sunny)"),
        ("car", "bus", "'bus' (there is car)"),
        ("sunny", "suny", "'suny'. Did you mean 'sunny'?"),
        ("car", "cra", "'cra'. Did you mean 'car'?"),
        ("car", "Cars", "'Cars'. Did you mean 'car'?"),
    ],
)
def test_a_category_is_suggested_where_the_spelling_is_near(class_: str, wanted: str, ends: str) -> None:
    """Another word is no misspelling."""
    assert notes_of([class_], {wanted: 1.0}, 1)[0].endswith(ends)


def test_a_class_that_a_tasks_schema_lacks_is_a_mistake() -> None:
    """All that there can be is listed there."""
    column = Column("t", Kind.DISTRIBUTION, np.eye(2), labels=("car", "bus"))
    for target in ({"truck": 0.5, "car": 0.5}, {"truck": 1.0}):
        with pytest.raises(errors.ConfigError, match="t has no 'truck'"):
            run({"D": column}, [("D", {"type": "BALANCE", "target": target})])
