"""Metrics whose values are categories, from the function of a plugin to the tables that users read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tamis import Dataset, Kind, Metric, Registry, Store, Table, compute, errors, select
from tamis.testing import check_metric
from tests.conftest import photograph

REGISTRY = Registry(environ=False)
FORMAT = "tamis.format"
MODES = {"a.png": "RGB", "b.jpg": "L", "c.png": "RGBA", "d.jpg": "RGB", "e.webp": "RGB"}


def mixed(root: Path) -> Dataset:
    """Images of several formats."""
    root.mkdir(exist_ok=True)
    for number, (name, mode) in enumerate(MODES.items()):
        photograph(number).convert(mode).save(root / name)
    return Dataset.from_directory(root)


def of(function: Callable[..., Any], dataset: Dataset) -> Table:
    """A metric of this function, beside one that works."""
    registry = Registry(environ=False)
    registry.register(Metric("acme.kind", function, dtype="category"))
    return compute(dataset, ["acme.kind", "lightly.width"], registry=registry)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_image_has_its_label(jobs: int, tmp_path: Path) -> None:
    """Labels are sorted, whatever came first and wherever it was measured."""
    table = compute(mixed(tmp_path), [FORMAT, "tamis.mode"], registry=REGISTRY, jobs=jobs)

    assert table[FORMAT].kind is Kind.CATEGORY
    assert table[FORMAT].labels == ("JPEG", "PNG", "WEBP")
    assert table[FORMAT].cells() == ["PNG", "JPEG", "PNG", "JPEG", "WEBP"]
    assert table["tamis.mode"].cells() == list(MODES.values())


def test_tables_hold_texts(tmp_path: Path) -> None:
    """In files and in the frames of other libraries."""
    table = compute(mixed(tmp_path), [FORMAT], registry=REGISTRY)
    expected = ["PNG", "JPEG", "PNG", "JPEG", "WEBP"]
    files = {suffix: io.BytesIO() for suffix in (".csv", ".jsonl", ".parquet")}
    for suffix, file in files.items():
        table.write(file, suffix)
        file.seek(0)

    assert [row[FORMAT] for row in csv.DictReader(io.StringIO(files[".csv"].read().decode()))] == expected
    assert [json.loads(line)[FORMAT] for line in files[".jsonl"]] == expected
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(files[".parquet"])[FORMAT].to_pylist() == expected
    pytest.importorskip("pandas")
    assert table.to_pandas()[FORMAT].tolist() == expected
    pytest.importorskip("polars")
    assert table.to_polars()[FORMAT].to_list() == expected
    assert table.summary().columns[FORMAT].values == {"JPEG": 2, "PNG": 2, "WEBP": 1}


def test_a_store_keeps_them(tmp_path: Path) -> None:
    """A second run opens nothing; what has changed is measured anew; the store shows them; damage is found."""
    dataset, store = mixed(tmp_path / "images"), Store(tmp_path / "store")
    first = compute(dataset, [FORMAT, "lightly.width", "exif.camera"], registry=REGISTRY, store=store)
    seen: list[str] = []
    again = compute(
        dataset, [FORMAT, "exif.camera"], registry=REGISTRY, store=store, progress=lambda p: seen.append(str(p))
    )

    assert first[FORMAT].equals(again[FORMAT])
    assert first.failures == again.failures
    assert not again["exif.camera"].valid.any()
    assert store.table()[FORMAT].cells() == first[FORMAT].cells()
    photograph(9).save(tmp_path / "images" / "a.png", "GIF")
    assert compute(dataset, [FORMAT], registry=REGISTRY, store=store)[FORMAT].cells()[0] == "GIF"


def test_damage_in_a_store_is_found(tmp_path: Path) -> None:
    """A label that somebody else has written is not taken for one that was measured."""
    import sqlite3
    from contextlib import closing

    dataset, store = mixed(tmp_path / "images"), Store(tmp_path / "store")
    compute(dataset, [FORMAT], registry=REGISTRY, store=store)
    with closing(sqlite3.connect(tmp_path / "store" / "ledger.db")) as connection:
        ((id_,),) = connection.execute("SELECT id FROM output WHERE kind = 'category'")
        connection.execute(f"UPDATE output_{id_} SET value = 'GIF' WHERE value = 'WEBP'")  # noqa: S608
        connection.commit()

    with pytest.raises(errors.StoreError, match="damaged"):
        compute(dataset, [FORMAT], registry=REGISTRY, store=store)


def config(key: str, strategy: dict[str, Any]) -> dict[str, Any]:
    """A strategy with a metric."""
    return {"n_samples": 3, "strategies": [{"input": {"type": "METADATA", "key": key}, "strategy": strategy}]}


def test_a_config_balances_them(tmp_path: Path) -> None:
    """As it does metadata."""
    selection = select(
        mixed(tmp_path), config(FORMAT, {"type": "BALANCE", "distribution": "UNIFORM"}), registry=REGISTRY
    )

    assert sorted(Path(name).suffix for name in selection.selected) == [".jpg", ".png", ".webp"]
    assert selection.table()[FORMAT].cells() == ["PNG", "JPEG", "PNG", "JPEG", "WEBP"]
    assert "PNG" in str(selection.explain("a.png"))


@pytest.mark.parametrize(
    "strategy", [{"type": "WEIGHTS"}, {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"}]
)
def test_strategies_of_numbers_refuse_them(strategy: dict[str, Any], tmp_path: Path) -> None:
    """Before anything is opened, and say what goes with a category."""
    with pytest.raises(errors.ConfigError, match=r"strategies\[0\].*category.*BALANCE") as raised:
        select(Dataset.from_files(tmp_path, ["gone.png"]), config(FORMAT, strategy), registry=REGISTRY)

    assert len(raised.value.problems) == 1


def test_a_target_of_a_label_that_no_image_has_is_said(tmp_path: Path) -> None:
    """In a note, as it is of metadata, of which more may come next week."""
    strategy = {"type": "BALANCE", "distribution": "TARGET", "target": {"PNG": 0.5, "JPG": 0.5}}
    notes: list[str] = []
    select(
        mixed(tmp_path),
        config(FORMAT, strategy),
        registry=REGISTRY,
        progress=lambda step: notes.append(step.note or ""),
    )

    assert any("JPG" in note for note in notes)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1, "returned 1, not a text"),
        (None, "returned None, not a text"),
        (b"x", "returned b'x', not a text"),
        ("", "a text of 0 characters"),
        ("x" * 201, "a text of 201 characters, and a category has 1 to 200"),
    ],
)
def test_what_is_no_category_is_a_failure(value: object, reason: str, tmp_path: Path) -> None:
    """It costs the image this value only."""
    table = of(lambda header: value if header.format == "WEBP" else "other", mixed(tmp_path))

    assert table["acme.kind"].cells() == ["other"] * 4 + [None]
    assert reason in table.failures[0].reason
    assert table["lightly.width"].valid.all()


def test_texts_that_no_file_can_hold_are_spelled_out(tmp_path: Path) -> None:
    """And those of subclasses are plain texts."""

    class Odd(str):
        def __str__(self) -> str:
            return "another"

    values = {"PNG": "a\udc80", "JPEG": Odd("odd"), "WEBP": "x\0\ny"}
    dataset = mixed(tmp_path / "images")
    store = Store(tmp_path / "store")
    registry = Registry(environ=False)
    registry.register(Metric("acme.kind", lambda header: values[header.format], dtype="category"))
    for _ in range(2):
        cells = compute(dataset, ["acme.kind"], registry=registry, store=store)["acme.kind"].cells()
        assert cells == ["a\\udc80", "odd", "a\\udc80", "odd", "x\0\ny"]
        assert {type(cell) for cell in cells} == {str}


def test_an_image_that_has_no_such_value_says_why() -> None:
    """In the metric's words, without its name: it is no fault of the metric."""
    image = Image.new("RGB", (4, 3))
    table = compute(Dataset.from_images(["it"], [image]), [FORMAT, "lightly.width"], registry=REGISTRY)

    assert [str(failure) for failure in table.failures] == [
        f"it: metric {FORMAT}: the image was never a file: it has no format"
    ]


@pytest.mark.parametrize("declared", [{"range": (0, 1)}, {"unit": "px"}])
def test_a_category_has_no_range_and_no_unit(declared: dict[str, Any]) -> None:
    """They are of numbers."""
    with pytest.raises(ValueError, match="a category has no range and no unit"):
        Metric("acme.kind", lambda header: header.mode, dtype="category", **declared)


def test_the_kit_knows_them() -> None:
    """One that returns numbers fails; built-in ones pass, and have no range to check."""
    results = {result.name: result for result in check_metric(REGISTRY.metric("tamis.mode"))}
    broken = check_metric(Metric("acme.kind", lambda header: 7, dtype="category"))

    assert {name for name, result in results.items() if result.status != "passed"} == {"range"}
    assert [result.status for result in broken if result.name == "number"] == ["failed"]


def test_the_kit_leaves_out_what_a_metric_says_an_image_lacks() -> None:
    """A PNG has no quantisation tables; what else is checked goes on."""
    results = {result.name: result for result in check_metric(REGISTRY.metric("tamis.jpegQuality"))}

    assert results["l"].status == "skipped"
    assert "it has no quantisation table" in results["l"].reason
    assert {name for name, result in results.items() if result.status == "failed"} == set()
    assert results["rgb"].status == results["threads"].status == results["number"].status == "passed"
