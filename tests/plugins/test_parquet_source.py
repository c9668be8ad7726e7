"""Rows of Parquet files: what they are called, their images, their other columns; and rows without images."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tamis import Dataset, Registry, Store, compute, errors, select
from tamis.testing import check_source
from tamis_plugins.sources import parquet as plugin
from tests.plugins.photos import photos

REGISTRY = Registry(allow=["tamis"], environ=False)
KEYS = ["lightly.sharpness", "lightly.luminance", "lightly.width"]


def hugging_face(files: list[Path], **columns: Any) -> pa.Table:
    """As ``datasets`` writes images and class labels."""
    images = [{"bytes": path.read_bytes(), "path": path.name} for path in files]
    table = pa.table({"image": pa.array(images, pa.struct({"bytes": pa.binary(), "path": pa.string()})), **columns})
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


@pytest.mark.parametrize("run", [{"jobs": 1}, {"jobs": 2}, {"executor": ThreadPoolExecutor}])
def test_metrics_are_those_of_the_files(run: dict[str, Any], tmp_path: Path) -> None:
    """Bit for bit, however it is run: from structs in one file, and from bytes in several."""
    files = photos(tmp_path / "photos")
    expected = compute(Dataset.from_directory(tmp_path / "photos"), KEYS, jobs=1)
    parquet.write_table(hugging_face(files), tmp_path / "one.parquet", row_group_size=5)
    (tmp_path / "several").mkdir()
    for number in range(2):
        part = files[number * 6 : number * 6 + 6]
        columns = {"__key__": [path.name for path in part], "img": [path.read_bytes() for path in part]}
        parquet.write_table(pa.table(columns), tmp_path / "several" / f"{number}.parquet", row_group_size=4)
    options = {key: value(2) if callable(value) else value for key, value in run.items()}
    one = compute(Dataset.open(tmp_path / "one.parquet"), KEYS, **options)
    several = compute(Dataset.open(tmp_path / "several" / "*.parquet"), KEYS, **options)

    assert one.samples == expected.samples
    assert several.samples == tuple(f"{number // 6}/{name}" for number, name in enumerate(expected.samples))
    for key in KEYS:
        assert one[key].equals(expected[key])
        assert several[key].equals(expected[key])


def test_row_groups_are_read_once_and_not_at_all_in_a_second_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a thread that measures all of them, in order."""
    parquet.write_table(hugging_face(photos(tmp_path / "photos", 30)), tmp_path / "a.parquet", row_group_size=8)
    dataset = Dataset.open(tmp_path / "a.parquet")
    groups: list[int] = []
    real = parquet.ParquetFile.read_row_group

    def counting(self: Any, number: int, *args: Any, **kwargs: Any) -> Any:
        groups.append(number)
        return real(self, number, *args, **kwargs)

    monkeypatch.setattr(parquet.ParquetFile, "read_row_group", counting)
    store = Store(tmp_path / "store")
    first = compute(dataset, KEYS, executor=ThreadPoolExecutor(1), store=store)
    assert groups == [0, 1, 2, 3]
    groups.clear()
    again = compute(Dataset.open(tmp_path / "a.parquet"), KEYS, executor=ThreadPoolExecutor(1), store=store)

    assert dataset.parts == (0, 8, 16, 24)
    assert not groups
    assert all(first[key].equals(again[key]) for key in KEYS)


def test_other_columns_are_metadata(tmp_path: Path) -> None:
    """ClassLabels by the names of their classes; lists are passed over."""
    files = photos(tmp_path / "photos", 3)
    columns = {"label": [0, 1, None], "width": [40, 41, 42], "vector": [[1.0], [2.0], [3.0]], "split": ["a", "b", "a"]}
    parquet.write_table(hugging_face(files, **columns), tmp_path / "a.parquet")
    dataset = Dataset.open(tmp_path / "a.parquet", registry=REGISTRY)
    found = dataset.annotations.metadata(("split", "label", "width"), dataset.samples[::-1], lambda done, total: None)
    entry = {
        "input": {"type": "METADATA", "key": "label"},
        "strategy": {"type": "BALANCE", "distribution": "TARGET", "target": {"dog": 1.0}},
    }

    assert set(dataset.annotations.fields()) == {"label", "width", "split"}
    assert {key: column.cells() for key, column in found.columns.items()} == {
        "split": ["a", "b", "a"],
        "label": [None, "dog", "cat"],
        "width": [42, 41, 40],
    }
    assert select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY).selected == ("001.png",)


def test_a_table_without_images_can_be_selected_from(tmp_path: Path) -> None:
    """By its columns; what has to be measured on images can't be had, and that is said."""
    columns = {"file_name": ["a", "b", "c", "d"], "score": [0.5, 0.75, None, 0.25], "place": ["x", "x", "y", "y"]}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    dataset = Dataset.open(tmp_path / "a.parquet", registry=REGISTRY)

    def config(key: str, strategy: dict[str, Any]) -> dict[str, Any]:
        return {"n_samples": 2, "strategies": [{"input": {"type": "METADATA", "key": key}, "strategy": strategy}]}

    by_score = select(dataset, config("score", {"type": "WEIGHTS"}), registry=REGISTRY)
    by_place = select(dataset, config("place", {"type": "BALANCE", "distribution": "UNIFORM"}), registry=REGISTRY)
    assert dataset.images is None
    assert by_score.selected == ("b", "a")
    assert [failure.sample for failure in by_score.failures] == ["c"]
    assert len({columns["place"][columns["file_name"].index(name)] for name in by_place.selected}) == 2
    with pytest.raises(
        errors.DatasetError,
        match=r"no images, and lightly\.sharpness has to be measured on them: .*\(there is file_name, score, place\)",
    ):
        select(dataset, config("lightly.sharpness", {"type": "WEIGHTS"}), registry=REGISTRY)


@pytest.mark.parametrize(
    ("columns", "options", "expected"),
    [
        ({"image": ["x", "y"], "n": [1, 2]}, {}, ("x", "y")),
        ({"path": ["x", "y"], "sample": ["p", "q"]}, {}, ("p", "q")),
        ({"id": [7, 8], "path": ["x", "y"]}, {"column": "id"}, ("7", "8")),
        ({"n": list(range(11))}, {}, tuple(f"{row:02}" for row in range(11))),
    ],
)
def test_rows_are_named(
    columns: dict[str, Any], options: dict[str, str], expected: tuple[str, ...], tmp_path: Path
) -> None:
    """By the column that was said, a usual one, or their numbers."""
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")

    assert Dataset.open(tmp_path / "a.parquet", "parquet", registry=REGISTRY, **options).samples == expected


def test_rows_with_paths_that_are_not_unique_are_numbered(tmp_path: Path) -> None:
    """As where images come from several folders."""
    files = photos(tmp_path / "photos", 2)
    parquet.write_table(hugging_face([files[0], files[0]]), tmp_path / "a.parquet")

    assert Dataset.open(tmp_path / "a.parquet", registry=REGISTRY).samples == ("0", "1")


def test_a_row_without_an_image_costs_itself(tmp_path: Path) -> None:
    """And one whose image is damaged."""
    good = photos(tmp_path / "photos", 1)[0].read_bytes()
    columns = {"path": ["a", "b", "c", "d"], "img": [good, None, b"", good[:100]]}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    table = compute(Dataset.open(tmp_path / "a.parquet", registry=REGISTRY), KEYS, registry=REGISTRY)

    assert table[KEYS[0]].valid.tolist() == [True, False, False, False]
    reasons = {failure.sample: failure.reason for failure in table.failures}
    assert (reasons["b"], reasons["c"]) == ("the row has no image", "the image is empty")


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"path": ["a", "a"]}, {}, r"rows 1 and 2 are both called 'a': say which column"),
        ({"path": ["a", None]}, {}, r"row 2: None in column 'path' can't be a name"),
        ({"x": [b"a", b"b"], "y": [b"a", b"b"]}, {}, r"x, y could be images: say which, image=COLUMN"),
        ({"x": [1, 2]}, {"image": "x"}, r"input\.image: column 'x' of .* is int64, neither bytes nor a struct"),
        ({"xs": [1, 2]}, {"column": "x"}, r"input\.column: .* has no column 'x'.*'xs'"),
        ({"path": []}, {}, r"has no row"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    columns: dict[str, Any], options: dict[str, str], message: str, tmp_path: Path
) -> None:
    """Before any work."""
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(errors.TamisError, match=message):
        Dataset.open(tmp_path / "a.parquet", "parquet", registry=REGISTRY, **options)


def test_what_is_no_parquet_file_is_said(tmp_path: Path) -> None:
    """And files with other columns than the first."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(errors.DatasetError, match=r"a\.parquet: not a Parquet file"):
        Dataset.open(tmp_path / "a.parquet", registry=REGISTRY)
    for name, column in (("a", "x"), ("b", "y")):
        parquet.write_table(pa.table({"path": [name], column: [1]}), tmp_path / f"{name}.parquet")
    with pytest.raises(errors.DatasetError, match=r"b\.parquet: not the columns of the other files: x, y"):
        Dataset.open(tmp_path / "*.parquet", registry=REGISTRY)


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails, with images and without."""
    (declared,) = plugin.tamis_sources()
    parquet.write_table(hugging_face(photos(tmp_path / "photos", 6)), tmp_path / "a.parquet", row_group_size=4)
    parquet.write_table(pa.table({"path": ["a", "b"], "n": [1, 2]}), tmp_path / "b.parquet")
    for name in ("a", "b"):
        results = check_source(declared, location=str(tmp_path / f"{name}.parquet"))
        assert [result for result in results if result.status == "failed"] == []
