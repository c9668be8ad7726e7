"""What strategies of anybody have recorded: tables, the manifest, and reading it back."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import (
    Column,
    Dataset,
    InputProvider,
    Kind,
    Level,
    Objective,
    Registry,
    Selection,
    Strategy,
    errors,
    select,
)

NAMES = ("a", "b", "c", "d")


class Told(Objective):
    """Prefers the first row, and tells what it is told to."""

    quantity = "sum of luck"

    def __init__(self, record: Mapping[str, Any], levels: Any = ()) -> None:
        self._record, self._levels, self._picked = record, levels, 0.0

    def values(self, rows: Any) -> Any:
        return self._picked + 1.0 - np.asarray(rows) / 10

    def add(self, row: int) -> None:
        self._picked += 1.0 - row / 10

    def value(self) -> float:
        return self._picked

    def record(self) -> Mapping[str, Any]:
        return self._record

    def effect(self, row: int) -> Any:
        return [Level("luck", "all", self._picked + 1.0, before=self._picked)] if self._levels == () else self._levels

    def levels(self) -> Any:
        return [Level("luck", "all", self._picked, target=9.0)] if self._levels == () else self._levels

    def summary(self) -> str | None:
        return f"luck {self._picked:g} of 9"


def run(
    record: Any, column: Column | None = None, *more: dict[str, Any], levels: Any = (), **options: Any
) -> Selection:
    """Two of four samples, by an input X and the strategies TOLD, which has this record, and others."""
    values = column or Column("x", Kind.SCALAR, np.arange(4.0))
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(InputProvider("X", lambda params, context: values, kind=lambda params, about: values.kind))
    registry.register(Strategy("TOLD", accepts=set(Kind), objective=lambda column, params: Told(record, levels)))
    dataset = Dataset.from_images(NAMES, [np.zeros((1, 1, 3), np.uint8)] * 4)
    strategies = [{"type": "TOLD"}, *more]
    config = {"n_samples": 2, "strategies": [{"input": {"type": "X"}, "strategy": each} for each in strategies]}
    return select(dataset, config, registry=registry, **options)


def test_a_third_party_has_its_numbers_in_the_table() -> None:
    """Numbers with NaN for none, and a column of categories, each named by the input; and what it says elsewhere."""
    kinds = Column("anything", Kind.CATEGORY, np.array([0, 1, 1, 0]), labels=("odd", "even"))
    selection = run({"luck": [1, np.nan, 3, 4], "kind_of_luck": kinds})
    table = selection.table()

    assert list(table.columns) == ["x", "x.luck", "x.kind_of_luck", "selected", "rank"]
    assert table["x.luck"].cells() == [1, None, 3, 4]
    assert table["x.kind_of_luck"].cells() == ["odd", "even", "even", "odd"]
    assert selection.manifest()["values"] == {"strategies[0]": {"luck": "x.luck", "kind_of_luck": "x.kind_of_luck"}}
    assert selection.explain("a").splitlines()[1] == (
        "  TOLD of x (strategies[0]): Its value is 0. Its luck is 1. Its kind of luck is odd. "
        "Luck of all: 0 before, 1 with it."
    )
    assert selection.summaries == ("TOLD of x (strategies[0]): luck 1.9 of 9",)
    assert selection.manifest()["levels"] == {
        "strategies[0]": [{"quantity": "luck", "of": "all", "value": 1.9, "target": 9.0}]
    }


def test_what_a_strategy_has_of_candidates_only_is_empty_for_the_others() -> None:
    """A threshold removed the first."""
    keep = {"type": "THRESHOLD", "threshold": 0, "operation": "BIGGER"}

    assert run({"luck": [1, 2, 3]}, None, keep).table()["x.luck"].cells() == [None, 1, 2, 3]


def test_columns_that_share_a_name_and_differ_are_told_apart() -> None:
    """By the path of the strategy; the name of a class may be what a strategy calls its numbers."""
    column = Column("x", Kind.DISTRIBUTION, np.array([[1.0], [2], [0], [4]]), labels=("luck",))
    selection = run({"luck": [9, 8, 7, 6]}, column)

    assert list(selection.table().columns) == ["x.luck", "x.luck#strategies[0]", "selected", "rank"]
    assert selection.table()["x.luck"].cells() == [1, 2, 0, 4]
    assert selection.manifest()["values"]["strategies[0]"] == {"luck": "x.luck#strategies[0]"}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"luck": [1, 2]}, "2 rows of SCALAR for 'luck', and there are 4 rows"),
        ({"luck": np.zeros((4, 2))}, "SCALAR values of shape"),
        ({"luck": ["a"] * 4}, "values of dtype"),
        ({"luck": Column("v", Kind.VECTOR, np.zeros((4, 2)))}, "4 rows of VECTOR"),
        ({"lu\nck": [1, 2, 3, 4]}, "which is no name"),
        ([1, 2, 3, 4], "not a mapping"),
    ],
)
def test_a_record_that_is_none_is_the_plugins_fault(record: Any, reason: str) -> None:
    """Named, with the place in the config."""
    with pytest.raises(errors.BrokenPluginError, match=rf"strategies\[0\].strategy.*TOLD.*{reason}"):
        run(record).table()


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ([("share", "bus", 0.5)], "not a Level"),
        ([Level("share", "bus", 0.5)], "not a Level with before"),
        ([Level("share", "bus", float("nan"), before=0.0)], "not finite"),
    ],
)
def test_levels_that_are_none_are_the_plugins_fault(levels: Any, reason: str) -> None:
    """While picking."""
    with pytest.raises(errors.BrokenPluginError, match=reason):
        run({}, levels=levels)


def test_a_selection_that_was_read_back_has_the_same_table_inputs_and_explanations(tmp_path: Path) -> None:
    """Of a distribution, its classes make the column again."""
    column = Column("t", Kind.DISTRIBUTION, np.array([[1, 2], [0, 0], [3, 1], [0, 4]]), labels=("bus", "car"))
    selection = run({"luck": [1.5, np.nan, 3, 4]}, column)
    selection.write(tmp_path / "out")
    found = Selection.read(tmp_path / "out")

    assert list(found.table().rows()) == list(selection.table().rows())
    assert found.columns[0].equals(column)
    assert found.manifest() == selection.manifest()
    assert [found.explanation(name) for name in NAMES] == [selection.explanation(name) for name in NAMES]
    assert found.times == {}


def test_times_are_written_with_a_command_only(tmp_path: Path) -> None:
    """So that the same run writes the same bytes from Python; a selection that was read has them."""
    selection = run({})
    for folder in ("one", "two"):
        selection.write(tmp_path / folder)
    selection.write(tmp_path / "told", command=["tamis", "select"])
    files = [(tmp_path / folder / "selection.json").read_bytes() for folder in ("one", "two")]

    assert files[0] == files[1]
    assert b'"run"' not in files[0]
    assert Selection.read(tmp_path / "told").times == selection.times
    assert Selection.read(tmp_path / "told").manifest()["run"]["command"] == ["tamis", "select"]
    assert selection.times["seconds"].keys() == {"measuring", "selecting"}


def test_the_datasets_of_queries_are_recorded(photographs: Path) -> None:
    """Where they were, by the ids that the config calls them."""
    other = Dataset.from_directory(photographs / "a")
    config = {
        "n_samples": 1,
        "strategies": [
            {
                "input": {"type": "EMBEDDINGS", "dataset_id": "other", "tag_name": "initial-tag"},
                "strategy": {"type": "SIMILARITY"},
            }
        ],
    }
    selection = select(
        Dataset.from_directory(photographs / "b"),
        config,
        registry=Registry(allow=["tamis"], environ=False),
        datasets={"other": other, "unused": other},
    )
    nearest = selection.table()["EMBEDDINGS other initial-tag.nearest_query_sample"]

    assert selection.manifest()["datasets"] == {"other": other.origin}
    assert set(nearest.cells()) <= set(other.samples)


def shop(**fields: Any) -> InputProvider:
    """Prices, with what else is known of them."""

    def provide(params: Any, context: Any) -> Column:
        seen.append(context.preselected.tolist())
        return Column("price", Kind.SCALAR, np.array([3, 1, 2, 2]), **fields)

    seen: list[Any] = []
    return InputProvider("PRICES", provide, kind=lambda params, about: Kind.SCALAR)


def test_an_input_has_its_record_in_the_table_and_says_notes(tmp_path: Path) -> None:
    """Of whoever wrote it; explain tells what it knows of a sample, also of one that was removed, and after reading."""
    place = Column("place", Kind.CATEGORY, np.array([0, 1, 1, 0]), labels=("Rome", "Oslo"), valid=np.arange(4) < 3)
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(shop(record={"corner_shop": place}, notes=("prices are of May",)))
    strategy = {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"}
    config = {"n_samples": 1, "strategies": [{"input": {"type": "PRICES"}, "strategy": strategy}]}
    dataset = Dataset.from_images(NAMES, [np.zeros((1, 1, 3), np.uint8)] * 4)
    result = select(dataset, config, registry=registry)
    result.write(tmp_path / "out")

    assert result.table()["price.corner_shop"].cells() == ["Rome", "Oslo", "Oslo", None]
    assert "strategies[0].input: prices are of May" in result.notes
    for told in (result, Selection.read(tmp_path / "out")):
        assert "Its value is 1. Its corner shop is Oslo." in told.explain("b")
        assert "corner shop" not in told.explain("d")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"record": {"shop": Column("shop", Kind.SCALAR, np.arange(3))}}, "'shop' of its record is .* for 4 rows"),
        ({"record": {"shop": Column("shop", Kind.VECTOR, np.zeros((4, 2)))}}, "'shop' of its record is"),
        ({"record": {"shop": [1, 2, 3, 4]}}, "record is columns by name, not"),
        ({"record": 3}, "record is columns by name, not 3"),
        ({"notes": "one"}, "a collection of names is needed"),
    ],
)
def test_a_columns_record_has_a_row_for_each_of_its_rows(fields: Any, error: str) -> None:
    """Numbers or categories; all else is refused where it is made."""
    with pytest.raises((ValueError, TypeError), match=error):
        Column("price", Kind.SCALAR, np.arange(4), **fields)


def test_an_input_knows_which_samples_are_preselected() -> None:
    """By row."""
    provider = shop()
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(provider)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "PRICES"}, "strategy": {"type": "WEIGHTS"}}]}
    dataset = Dataset.from_images(NAMES, [np.zeros((1, 1, 3), np.uint8)] * 4)
    select(dataset, config, registry=registry, preselected=["d", "b"])

    assert inspect.getclosurevars(provider.provide).nonlocals["seen"] == [[3, 1]]
