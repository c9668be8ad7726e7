"""The plugins of acme-catalog: what they compute, and what tamis asks of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import acme_catalog.sql
import numpy as np
import pytest

import tamis
from tamis.testing import SAMPLES, check_input_provider, parametrize_with_checks

PHOTOS = [("a.png", 3, "Bern"), ("b.png", 5.5, "Ulm"), ("c.png", None, "Bern"), ("d.png", "dear", None)]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A catalogue of four photographs, and one of the samples of the kit."""
    path = tmp_path / "catalog.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, rows in (("photos", PHOTOS), ("kit", [(name, len(name), name[0]) for name in SAMPLES.values()])):
            connection.execute(f"CREATE TABLE {table} (sample TEXT, price, town TEXT)")
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    return str(path)


@parametrize_with_checks("acme-catalog")
def test_conformance(check: Callable[[], None]) -> None:
    """Each check of the kit is a test; those of ACME_SQL that need a database follow below."""
    check()


def test_the_input_conforms_in_both_forms(database: str) -> None:
    """Numbers and categories."""
    (provider,) = acme_catalog.sql.tamis_input_providers()
    number = {"database": database, "table": "kit", "column": "price"}
    category = {"database": database, "table": "kit", "column": "town", "form": "CATEGORY"}
    results = check_input_provider(provider, params=[number, category])

    assert [result for result in results if result.status != "passed"] == []


def run(
    database: str, column: str, *, n: int = 4, images: tuple[str, ...] = ("a", "b", "c", "d", "e"), **strategy: object
) -> tamis.Selection:
    """A selection by one column of the table of photographs."""
    form = "CATEGORY" if column == "town" else "NUMBER"
    source = {"type": "ACME_SQL", "database": database, "table": "photos", "column": column, "form": form}
    config = {"n_samples": n, "strategies": [{"input": source, "strategy": strategy}]}
    names = [f"{name}.png" for name in images]
    dataset = tamis.Dataset.from_images(names, [np.zeros((2, 2, 3), dtype=np.uint8)] * len(names))
    return tamis.select(dataset, config, registry=tamis.Registry())


def test_numbers_are_weights(database: str) -> None:
    """The dearest first; each sample without a number says why."""
    result = run(database, "price", type="WEIGHTS")

    assert result.selected == ("b.png", "a.png")
    assert {failure.sample: failure.reason for failure in result.failures} == {
        "c.png": "no price in photos",
        "d.png": "its price is 'dear', not a number",
        "e.png": "no price in photos",
    }


def test_categories_are_balanced(database: str) -> None:
    """One of each town, though Bern comes first twice."""
    result = run(database, "town", n=2, images=("a", "c", "b"), type="BALANCE", distribution="UNIFORM")

    assert result.columns[0].cells() == ["Bern", "Bern", "Ulm"]
    assert set(result.selected) == {"a.png", "b.png"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"database": "nowhere.db"}, "strategies[0].input.database: 'nowhere.db' can't be read"),
        ({"table": "photo"}, "strategies[0].input.table: "),
        (
            {"column": "prize"},
            "strategies[0].input.column: table 'photos' has no column 'prize'. Did you mean 'price'?",
        ),
        ({"form": "TEXT"}, 'strategies[0].input.form: "TEXT" is not one of'),
    ],
)
def test_what_is_wrong_is_named_before_any_image_is_opened(change: dict[str, str], message: str, database: str) -> None:
    """With its place in the config."""
    source = {"type": "ACME_SQL", "database": database, "table": "photos", "column": "price", **change}
    config = {"n_samples": 1, "strategies": [{"input": source, "strategy": {"type": "WEIGHTS"}}]}
    dataset = tamis.Dataset.from_images(["a.png"], [np.zeros((2, 2, 3), dtype=np.uint8)])

    with pytest.raises(tamis.errors.ConfigError) as caught:
        tamis.select(dataset, config, registry=tamis.Registry())
    assert str(caught.value).startswith(message)


def test_colorfulness_by_hand() -> None:
    """Half red, half blue: rg is 255 and 0, yb 127.5 and -255."""
    image = np.zeros((2, 4, 3), dtype=np.uint8)
    image[0, :, 0], image[1, :, 2] = 255, 255
    dataset = tamis.Dataset.from_images(["a", "grey"], [image, np.full((2, 2, 3), 99, dtype=np.uint8)])
    values = tamis.compute(dataset, ["acme.colorfulness"], registry=tamis.Registry())["acme.colorfulness"].values

    assert values == pytest.approx([np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, -63.75), 0])
