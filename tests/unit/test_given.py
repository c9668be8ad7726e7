"""Metadata and predictions that a host has in memory, of whatever kind of table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tamis import Column, Dataset, Kind, Registry, TaskSchema, compute, errors, select

#: A selection by numbers of a column.
WEIGHED = {"n_samples": 1, "strategies": [{"input": {"type": "METADATA", "key": "x"}, "strategy": {"type": "WEIGHTS"}}]}
NAMES = ("a", "b", "c")
IMAGES = [np.zeros((10, 10, 3), dtype=np.uint8)] * 3


def dataset() -> Dataset:
    """Three samples."""
    return Dataset.from_images(NAMES, IMAGES)


def quiet(done: int, total: int) -> None:
    """A host that looks on."""


def column(given: Dataset, key: str = "x") -> Column:
    """A metadata field of all samples."""
    return given.annotations.metadata([key], given.samples, quiet).columns[key]


def cells(values: Any) -> list[Any]:
    """What becomes of the values of a column; None where there is none."""
    return column(dataset().with_metadata({"x": values})).cells()


# Metadata

ROME = timezone(timedelta(hours=2))
#: 2024-01-01T10:00 in UTC, in seconds since 1970.
NOON = 1704103200.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([1, None, 3.5], [1.0, None, 3.5]),
        ([2**53 + 1, None, -(2**63)], [2**53 + 1, None, -(2**63)]),
        ([2**63 - 1, 0, 1], [2**63 - 1, 0, 1]),
        ([2**64 - 1, None, 2**63], [2**64 - 1, None, 2**63]),
        ([2**64, -1, 0], [2.0**64, -1.0, 0.0]),
        ([float("nan"), 1.5, float("inf")], [None, 1.5, None]),
        ([Decimal("0.5"), 1, None], [0.5, 1.0, None]),
        (["x", None, ""], ["x", None, ""]),
        ([None, None, None], [None, None, None]),
        (np.array(["x", "y", "x"]), ["x", "y", "x"]),
        (np.array([1, 2, 3], dtype=np.uint8), [1, 2, 3]),
        (np.array([1.5, np.nan, 2], dtype=np.float32), [1.5, None, 2.0]),
        (np.ma.MaskedArray([1, 2, 3], [False, True, False]), [1, None, 3]),
        ([True, None, False], ["true", None, "false"]),
        (np.array([True, False, True]), ["true", "false", "true"]),
        ([date(1970, 1, 2), None, date(1969, 12, 31)], [86400.0, None, -86400.0]),
        ([datetime(2024, 1, 1, 10), datetime(2024, 1, 1, 12, tzinfo=ROME), None], [NOON, NOON, None]),
        ([np.datetime64("1970-01-01T00:00:01.5"), np.datetime64("NaT"), None], [1.5, None, None]),
        (np.array(["1970-01-02", "NaT", "1970-01-01"], dtype="datetime64[D]"), [86400.0, None, 0.0]),
        ([pd.NA, 1, pd.NaT], [None, 1, None]),
    ],
)
def test_lists_and_arrays(values: Any, expected: list[Any]) -> None:
    """Whole numbers of up to 64 bits stay what they are; what is missing is missing in any of its spellings."""
    found = cells(values)

    assert found == expected
    assert [type(cell) for cell in found] == [type(cell) for cell in expected]


TABLES: list[Callable[[dict[str, Any]], Any]] = [dict, pd.DataFrame, pl.DataFrame, pa.table]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2**53 + 1, 1, 2], [2**53 + 1, 1, 2]),
        ([1.5, 2.5, -1.0], [1.5, 2.5, -1.0]),
        (["x", "y", "x"], ["x", "y", "x"]),
        (["x", None, "y"], ["x", None, "y"]),
        ([True, False, True], ["true", "false", "true"]),
        ([True, None, False], ["true", None, "false"]),
        ([date(1970, 1, 2), date(1970, 1, 1), date(1970, 1, 3)], [86400.0, 0.0, 172800.0]),
        ([datetime(2024, 1, 1, 12, tzinfo=ROME)] * 3, [NOON] * 3),
        ([datetime(2024, 1, 1, 12, tzinfo=ROME), None, datetime(1970, 1, 1, tzinfo=timezone.utc)], [NOON, None, 0.0]),
        ([datetime(2024, 1, 1, 10), None, datetime(1970, 1, 1)], [NOON, None, 0.0]),
    ],
)
def test_every_kind_of_table_says_the_same(
    table: Callable[[dict[str, Any]], Any], values: list[Any], expected: list[Any]
) -> None:
    """By the place of each row, and by a column of names in another order, of which one is nobody's."""
    assert column(dataset().with_metadata(table({"x": values}))).cells() == expected
    by_name = table({"sample": ["c", "z", "a"], "x": [values[2], values[1], values[0]]})
    given = dataset().with_metadata(by_name)
    found = given.annotations.metadata(["x"], given.samples, quiet)

    assert found.columns["x"].cells() == [expected[0], None, expected[2]]
    assert found.columns["x"].reasons[1] == "no row in the table"
    assert found.notes == ("metadata: 1 rows belong to no sample, such as z",)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([2**60 + 1, None, 3], dtype="Int64"),
        pl.Series([2**60 + 1, None, 3]),
        pa.array([2**60 + 1, None, 3]),
        pa.chunked_array([[2**60 + 1, None], [3]]),
    ],
)
def test_integers_beside_null_are_exact(values: Any) -> None:
    """Beyond 2**53, where floating-point numbers have gaps."""
    assert cells(values) == [2**60 + 1, None, 3]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["x", None, "y"], dtype="category"),
        pl.Series(["x", None, "y"], dtype=pl.Categorical),
        pa.array(["x", None, "y"]).dictionary_encode(),
        pd.Series(["x", None, "y"], dtype="string"),
        pa.array(["x", None, "y"], pa.large_string()),
    ],
)
def test_columns_of_categories(values: Any) -> None:
    """Whatever form they are kept in."""
    assert cells(values) == ["x", None, "y"]


def test_a_record_batch_is_a_table_too() -> None:
    """Its columns are arrays that can't be had without a copy."""
    batch = pa.record_batch({"x": pa.array([True, False, True]), "y": pa.array(["p", "q", "p"]).dictionary_encode()})
    given = dataset().with_metadata(batch)

    assert column(given).cells() == ["true", "false", "true"]
    assert column(given, "y").cells() == ["p", "q", "p"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, "x", 2], "metadata 'x': its values are int, str; {rule}, unlike that of row 1: 'x'"),
        (["x", None, 2], "metadata 'x': its values are int, str; {rule}, unlike that of row 2: 2"),
        ([1, True, 0], "metadata 'x': its values are bool, int; {rule}, unlike that of row 1: True"),
        ([date(2024, 1, 1), 5, None], "metadata 'x': its values are date, int; {rule}, unlike that of row 1: 5"),
        ([None, [1], None], "metadata 'x': its values are list; {rule}, unlike that of row 1: [1]"),
        ([b"x", b"y", b"z"], "metadata 'x': its values are bytes; {rule}, unlike that of row 0: b'x'"),
        (
            [1, np.arange(2), 2],
            "metadata 'x': its values are int, ndarray; {rule}, unlike that of row 1: array([0, 1])",
        ),
        ([time(1), None, None], "metadata 'x': its values are time; {rule}, unlike that of row 0: datetime.time(1, 0)"),
        (
            [timedelta(1)] * 3,
            "metadata 'x': its values are timedelta; {rule}, unlike that of row 0: datetime.timedelta(",
        ),
        (pd.Series([pd.Timedelta(1)] * 3), "metadata 'x': its values are timedelta64[ns]; {rule}"),
        (np.array([1j, 2, 3]), "metadata 'x': its values are complex128; {rule}"),
        ([10**400, None, 1], "metadata 'x': the value of row 0 is too large for a number"),
        (np.zeros((3, 2)), "metadata 'x': values of shape (3, 2), not one for each sample"),
        ("abc", "column 'x' is str, not a list or an array"),
        (7, "column 'x' is int, not a list or an array"),
    ],
)
def test_a_column_that_can_not_be_used_is_refused_with_its_row(values: Any, message: str) -> None:
    """One line."""
    with pytest.raises(errors.MetadataError) as caught:
        cells(values)
    assert str(caught.value).startswith(message.format(rule="they must be all numbers, all strings or all dates"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "the table has no columns"),
        ({"x": [1, 2]}, "the table has 2 rows for 3 samples: give it a column 'sample'"),
        ({"x": [1, 2, 3], "y": [1]}, "the columns of the table have different lengths: 'x' 3, 'y' 1"),
        ({"sample": ["a", "b", "a"], "x": [1, 2, 3]}, "two rows of the table are named 'a'"),
        ({"sample": ["a", None, "b"], "x": [1, 2, 3]}, "row 1 of the table names no sample"),
        ({1: [1, 2, 3]}, "the name of a column is a string, not 1"),
        ({"rank": [1, 2, 3]}, "metadata can't be named 'rank': results have a column of that name"),
        ({"lightly.width": [1, 2, 3]}, "metadata can't be named 'lightly.width': keys under 'lightly.'"),
        (pd.DataFrame([[1, 2]] * 3, columns=["x", "x"]), "two columns of the table are named 'x'"),
        (pa.table([pa.array([1, 2, 3])] * 2, names=["x", "x"]), "two columns of the table are named 'x'"),
        (pl.LazyFrame({"x": [1, 2, 3]}), "a LazyFrame has no values yet: collect() it first"),
        ([1, 2, 3], "a table is a mapping of columns, or of pandas, polars or Arrow, not list"),
    ],
)
def test_a_table_that_is_none_is_refused(table: Any, message: str) -> None:
    """One line, that says what would be right."""
    with pytest.raises(errors.MetadataError) as caught:
        dataset().with_metadata(table)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "values",
    [[float("nan")] * 3, np.full(3, np.nan), np.ma.masked_all(3), np.ma.masked_all(3, np.int64)],
)
def test_numbers_that_are_all_missing_are_numbers(values: Any) -> None:
    """A strategy for numbers takes them, and the run tells that no sample has a value."""
    made = dataset().with_metadata({"x": values})

    assert made.annotations.fields()["x"].kind is Kind.SCALAR
    with pytest.raises(errors.RunError, match="none of 3 samples has a value of every input, such as a: input x: no"):
        select(made, WEIGHED)


@pytest.mark.parametrize("values", [[None] * 3, np.full(3, None)])
def test_a_column_without_any_value_is_told_where_numbers_are_needed(values: Any) -> None:
    """Rather than only that it is none of numbers."""
    with pytest.raises(errors.ConfigError, match="input is a category; no row of the table has a value of 'x'"):
        select(dataset().with_metadata({"x": values}), WEIGHED)


def test_what_a_masked_array_hides_is_missing() -> None:
    """Of numbers, whole ones among them, and of texts."""
    assert cells(np.ma.array([2**60 + 1, 2, 3], mask=[0, 1, 0])) == [2**60 + 1, None, 3]
    assert cells(np.ma.array([0.5, 2.5, 9.0], mask=[1, 0, 0])) == [None, 2.5, 9.0]
    assert cells(np.ma.array(["p", "q", "p"], mask=[0, 0, 1])) == ["p", "q", None]


def test_booleans_are_there_and_refused_for_selection() -> None:
    """As Lightly refuses them."""
    field = dataset().with_metadata({"x": [True, False, True]}).annotations.fields()["x"]

    assert field.kind is Kind.CATEGORY
    assert "boolean" in field.refusal


def test_metadata_selects() -> None:
    """Numbers weigh, categories are balanced; a sample without a value is left out, with the reason."""
    given = dataset().with_metadata({"price": [1, None, 3], "town": ["Ulm", "Bern", "Ulm"]})
    entry = {"input": {"type": "METADATA", "key": "price"}, "strategy": {"type": "WEIGHTS"}}
    result = select(given, {"n_samples": 3, "strategies": [entry]}, registry=Registry())

    assert result.selected == ("c", "a")
    assert [(failure.sample, failure.reason) for failure in result.failures] == [("b", "no value")]


# Predictions

CARS = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}, {"id": 3, "name": "bus"}]}


def box(x: Any, *, score: Any = 0.5, category: Any = 3) -> dict[str, Any]:
    """An object, 2 pixels wide and 4 high."""
    return {"category_id": category, "score": score, "bbox": [x, 1, 2, 4]}


@pytest.mark.parametrize(
    "predictions",
    [
        {"c": {"predictions": [box(5)]}, "a": [box(1), box(2, category=0)]},
        [[box(1), box(2, category=0)], None, [box(5)]],
        ([box(1), box(2, category=0)], None, {"predictions": [box(5)]}),
        {"a": (box(np.int64(1)), box(np.float32(2), category=np.int8(0))), "c": [box(5, score=np.float16(0.5))]},
    ],
)
def test_predictions_by_name_and_by_place(predictions: Any) -> None:
    """As files have them, or with numbers of numpy."""
    given = dataset().with_predictions("cars", CARS, predictions)
    found = given.annotations.predictions("cars", given.samples, quiet)

    assert found.present.tolist() == [True, False, True]
    assert found.counts.tolist() == [2, 0, 1]
    assert found.categories.tolist() == [1, 0, 1]
    assert found.boxes.tolist() == [[1, 1, 2, 4], [2, 1, 2, 4], [5, 1, 2, 4]]
    assert found.scores.tolist() == [0.5, 0.5, 0.5]
    assert not found.reasons


def test_a_bad_object_costs_its_sample_and_unknown_names_are_noted() -> None:
    """Whatever is wrong with it."""
    bad = {"a": [box(1), box(1, score=2)], "b": 5, "c": [box(1)], "nobody": [box(1)]}
    given = dataset().with_predictions("cars", CARS, bad)
    found = given.annotations.predictions("cars", given.samples, quiet)

    assert found.counts.tolist() == [0, 0, 1]
    assert found.reasons[0].startswith("predictions[1].score: 2 is ")
    assert found.reasons[1] == "not a list of objects"
    assert found.orphans == ("nobody",)
    entry = {"input": {"type": "SCORES", "task": "cars", "score": "object_frequency"}, "strategy": {"type": "WEIGHTS"}}
    result = select(given, {"n_samples": 3, "strategies": [entry]}, registry=Registry())
    assert result.selected == ("c",)
    assert any("nobody" in note for note in result.notes)


@pytest.mark.parametrize(
    "thing", [None, 5, "car", [], {"bbox": [1, 2, 3, 4]}, {"category_id": "0"}, {"category_id": 9}]
)
def test_no_object_at_all_costs_its_sample_only(thing: Any) -> None:
    """Nothing that may stand in a list brings the others down."""
    given = dataset().with_predictions("cars", CARS, [[thing], [box(1)], []])
    found = given.annotations.predictions("cars", given.samples, quiet)

    assert list(found.reasons) == [0]
    assert found.counts.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("name", "schema", "predictions", "message"),
    [
        ("cars", CARS, [[]], "task 'cars': predictions are a mapping by the names of samples, or a list with an entry"),
        (
            "cars",
            CARS,
            "abc",
            "task 'cars': predictions are a mapping by the names of samples, or a list with an entry",
        ),
        ("cars", CARS, None, "task 'cars': predictions are a mapping by the names of samples, or a list with an entry"),
        ("cars", CARS, {"a": [], 5: []}, "task 'cars': the name of a sample is a string, not 5"),
        ("my cars", CARS, {}, "task 'my cars': 'my cars' can't be the name of a task"),
        (
            "cars",
            {"task_type": "guessing", "categories": CARS["categories"]},
            {},
            "task 'cars': task_type is 'guessing'",
        ),
        ("cars", {"task_type": "classification"}, {}, "task 'cars': categories is not a list of at least one"),
        ("cars", None, {}, "task 'cars': categories is not a list of at least one"),
    ],
)
def test_what_is_no_task_is_refused(name: str, schema: Any, predictions: Any, message: str) -> None:
    """When it is given, not when it is used."""
    with pytest.raises(errors.PredictionError) as caught:
        dataset().with_predictions(name, schema, predictions)
    assert str(caught.value).startswith(message)


def test_a_task_that_was_not_given_is_an_error_with_the_nearest() -> None:
    """It is not answered with another's predictions."""
    given = dataset().with_predictions("cars", CARS, {})

    with pytest.raises(errors.PredictionError, match=r"no task 'cats' in memory\. Did you mean 'cars'"):
        given.annotations.predictions("cats", given.samples, quiet)


def test_a_schema_takes_the_name_given() -> None:
    """That of a `TaskSchema` is replaced."""
    schema = TaskSchema("other", "classification", (0,), ("car",))
    given = dataset().with_predictions("cars", schema, {"a": [{"category_id": 0}]})

    assert given.annotations.task("cars") == TaskSchema("cars", "classification", (0,), ("car",))


def test_each_gives_a_new_dataset() -> None:
    """The one before knows nothing of it, and both may be used."""
    before = dataset()
    after = before.with_metadata({"x": [1, 2, 3]}).with_predictions("cars", CARS, {})

    assert not before.annotations.fields()
    assert list(after.annotations.fields()) == ["x"]
    assert list(after.annotations.tasks()) == ["cars"]
    assert compute(before, ["lightly.width"])["lightly.width"].valid.all()
