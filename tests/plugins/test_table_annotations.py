"""Metadata from tables: which formats, what columns hold, and which row is whose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from tamis import Dataset, Metadata, Registry, errors, select
from tamis.testing import SAMPLES, check_annotation_format
from tamis_plugins.annotations import table as plugin

REGISTRY = Registry(allow=["tamis"], environ=False)

CSV = """file_name,weather,temperature,floor,taken,zip,indoor
a.jpg,sunny,20.5,1,2026-01-31T08:15:00Z,01099,true
b.jpg,,-3,2,2026-12-01T23:59:59+01:00,80331,false
c.jpg,rainy,,3,,10115,true
"""


def dataset(*names: str) -> Dataset:
    """Of samples whose images nobody looks at."""
    return Dataset.from_images(names, [np.zeros((2, 2, 3), np.uint8)] * len(names))


def metadata(path: Path, names: tuple[str, ...], *keys: str, **options: Any) -> Metadata:
    """Some fields of some samples."""
    annotations = dataset(*names).annotate("table", path, registry=REGISTRY, **options).annotations
    return annotations.metadata(keys or tuple(annotations.fields()), names, lambda done, total: None)


def written(folder: Path, text: str = CSV, name: str = "meta.csv") -> Path:
    """A file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_of_csv_hold_what_they_look_like(tmp_path: Path) -> None:
    """Numbers, dates in seconds since 1970, categories; a code that begins with 0 is no number."""
    names = ("c.jpg", "a.jpg", "b.jpg", "d.jpg")
    found = metadata(written(tmp_path), names)
    cells = {key: column.cells() for key, column in found.columns.items()}

    assert cells == {
        "weather": ["rainy", "sunny", None, None],
        "temperature": [None, 20.5, -3.0, None],
        "floor": [3, 1, 2, None],
        "taken": [None, 1769847300.0, 1796165999.0, None],
        "zip": ["10115", "01099", "80331", None],
        "indoor": ["true", "true", "false", None],
        "taken.month": [None, "01", "12", None],
        "taken.hour": [None, "08", "22", None],
    }
    assert pd.Timestamp("2026-01-31T08:15:00Z").timestamp() == 1769847300
    assert pd.Timestamp("2026-12-01T23:59:59+01:00").timestamp() == 1796165999
    assert found.columns["weather"].reasons == {2: "no value in the table", 3: f"no row in {tmp_path / 'meta.csv'}"}


def test_what_was_inferred_is_said(tmp_path: Path) -> None:
    """In a note, for what was used and not spoken of; and which rows are nobody's."""
    path = written(tmp_path)
    found = metadata(path, ("a.jpg", "b.jpg"), "weather", "temperature", "taken", types={"weather": "category"})

    assert found.notes == (
        f"{path}: temperature: numbers; taken: dates, as seconds since 1970 in UTC (types= to say otherwise)",
        f"{path}: 1 rows belong to no sample: c.jpg",
    )


def test_types_can_be_said(tmp_path: Path) -> None:
    """A number is a category then, as it is written; a boolean can be used."""
    options = {"types": {"floor": "category", "indoor": "category", "zip": "category"}}
    path = written(tmp_path, "sample,floor,indoor,zip\na,1,true,1\nb,01,false,2\n")
    fields = dataset("a", "b").annotate("table", path, registry=REGISTRY, **options).annotations.fields()
    cells = {key: column.cells() for key, column in metadata(path, ("a", "b"), **options).columns.items()}

    assert cells == {"floor": ["1", "01"], "indoor": ["true", "false"], "zip": ["1", "2"]}
    assert not any(field.refusal for field in fields.values())


def test_booleans_are_refused_with_the_remedy(tmp_path: Path) -> None:
    """As Lightly does."""
    fields = dataset("a.jpg").annotate("table", written(tmp_path), registry=REGISTRY).annotations.fields()

    assert 'types={"indoor":"category"}' in fields["indoor"].refusal


def to_csv(frame: pd.DataFrame, path: Path) -> Path:
    """With ISO dates."""
    frame.to_csv(path.with_suffix(".csv"), index=False, date_format="%Y-%m-%dT%H:%M:%S")
    return path.with_suffix(".csv")


def to_semicolons(frame: pd.DataFrame, path: Path) -> Path:
    """As spreadsheets of half of Europe write it, with a byte order mark."""
    frame.to_csv(path.with_suffix(".csv"), index=False, sep=";", encoding="utf-8-sig")
    return path.with_suffix(".csv")


def to_json_lines(frame: pd.DataFrame, path: Path) -> Path:
    """An object on each line."""
    frame.to_json(path.with_suffix(".jsonl"), orient="records", lines=True, date_format="iso")
    return path.with_suffix(".jsonl")


def to_json(frame: pd.DataFrame, path: Path) -> Path:
    """A list of objects."""
    frame.to_json(path.with_suffix(".json"), orient="records", date_format="iso")
    return path.with_suffix(".json")


def to_parquet(frame: pd.DataFrame, path: Path) -> Path:
    """With types."""
    frame.to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def to_dictionaries(frame: pd.DataFrame, path: Path) -> Path:
    """With categories as codes, and a column of lists, which is passed over."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.set_column(1, "weather", table["weather"].dictionary_encode())
    parquet.write_table(table.append_column("v", pa.array([[1.0]] * len(frame))), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def to_feather(frame: pd.DataFrame, path: Path) -> Path:
    """Arrow in a file."""
    feather.write_feather(frame, path.with_suffix(".feather"))
    return path.with_suffix(".feather")


def to_stream(frame: pd.DataFrame, path: Path) -> Path:
    """Arrow as it is sent."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.ipc.new_stream(path.with_suffix(".arrow"), table.schema) as writer:
        writer.write_table(table)
    return path.with_suffix(".arrow")


@pytest.mark.parametrize(
    "write",
    [to_csv, to_semicolons, to_json_lines, to_json, to_parquet, to_dictionaries, to_feather, to_stream],
)
def test_every_format_says_the_same(write: Callable[[pd.DataFrame, Path], Path], tmp_path: Path) -> None:
    """A frame of pandas, written by pandas or pyarrow, comes back as it was."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "path": [f"{number}.png" for number in range(200)],
            "weather": rng.choice(["sun", "rain", "Schnee, naß"], 200),
            "score": rng.normal(size=200).round(6),
            "count": rng.integers(-(2**40), 2**40, 200),
            "taken": pd.Timestamp("2026-02-28T23:00:00") + pd.to_timedelta(rng.integers(0, 10**7, 200), unit="s"),
        }
    )
    frame.loc[[3, 5], "score"] = np.nan
    frame.loc[[4, 5], "weather"] = None
    order = rng.permutation(200)
    found = metadata(write(frame, tmp_path / "table"), tuple(frame["path"][order])).columns

    expected = frame.iloc[order]
    assert found["weather"].cells() == [None if pd.isna(text) else text for text in expected["weather"]]
    assert found["score"].cells() == [None if pd.isna(value) else value for value in expected["score"]]
    assert found["count"].cells() == expected["count"].tolist()
    assert found["taken"].cells() == [moment.timestamp() for moment in expected["taken"]]
    assert found["taken.month"].cells() == [f"{moment.month:02}" for moment in expected["taken"]]
    assert found["taken.hour"].cells() == [f"{moment.hour:02}" for moment in expected["taken"]]
    assert set(found) == {"weather", "score", "count", "taken", "taken.month", "taken.hour"}


def test_nested_objects_are_paths(tmp_path: Path) -> None:
    """As keys of custom metadata are; a key that only some have is missing in the others."""
    lines = [{"file": "a", "weather": {"temperature": 3}}, {"file": "b", "tags": ["x"], "weather": {"wind": 0.5}}]
    path = written(tmp_path, "\n".join(map(json.dumps, lines)), "m.jsonl")
    cells = {key: column.cells() for key, column in metadata(path, ("a", "b")).columns.items()}

    assert cells == {"weather.temperature": [3, None], "weather.wind": [None, 0.5]}


@pytest.mark.parametrize(
    ("names", "samples", "expected"),
    [
        (["train/a.jpg", "b.jpg"], ("train/a.jpg", "b.jpg"), [1, 2]),
        (["a.jpg", "b.jpg"], ("train/a.jpg", "train/b.jpg"), [1, 2]),
        (["/data/x/a.jpg", "s3://bucket/x/b.jpg"], ("x/a.jpg", "b.jpg"), [1, 2]),
        (["x\\a.jpg", "./b.jpg"], ("x/a.jpg", "b.jpg"), [1, 2]),
        (["a.jpg", "b.jpg"], ("train/a.jpg", "val/a.jpg"), [None, None]),
        (["x/a.jpg", "y/a.jpg"], ("a.jpg",), [None]),
        (["a.jpg", "x/a.jpg"], ("a.jpg", "x/a.jpg"), [1, 2]),
        (["a.jpg", "b.jpg"], ("x/a.jpg", "a.jpg"), [None, 1]),
        (["x/a.jpg", "b.jpg"], ("y/a.jpg",), [None]),
        (["aa.jpg", "b.jpg"], ("a.jpg",), [None]),
    ],
)
def test_rows_are_found_by_name_or_the_end_of_a_path(
    names: list[str], samples: tuple[str, ...], expected: list[int | None], tmp_path: Path
) -> None:
    """Where that is clear, and never the row of another sample."""
    path = written(tmp_path, "path,n\n" + "".join(f"{name},{row}\n" for row, name in enumerate(names, start=1)))

    assert metadata(path, samples, "n").columns["n"].cells() == expected


def test_ends_of_paths_are_said(tmp_path: Path) -> None:
    """So that one who didn't want that sees it."""
    path = written(tmp_path, "path,n\na.jpg,1\nb.jpg,2\n")
    notes = metadata(path, ("x/a.jpg", "x/b.jpg", "y/b.jpg"), "n").notes

    assert notes[1:] == (
        f"{path}: 1 samples are matched by the ends of their paths, such as x/a.jpg with a.jpg",
        f"{path}: 2 samples have none, because it isn't clear which is theirs: a name is the end of several paths, "
        "such as x/b.jpg",
        f"{path}: 1 rows belong to no sample: b.jpg",
    )


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,2\n", {}, r"meta\.csv: no column is named sample, .*column=NAME \(there is a, b\)"),
        ("a,b\n1,2\n", {"column": "bb"}, r"meta\.csv has no column 'bb'.*'b'"),
        ("sample,b\nx,1\nx,2\n", {}, r"meta\.csv, row 2: 'x' is the name of row 1, too"),
        ("sample,b\nx,1\n,2\n", {}, r"meta\.csv, row 2: None in column 'sample' is not the name"),
        ("sample,b\nx,1\ny\n", {}, r"meta\.csv, line 3: 1 values, and the header names 2 columns"),
        ("sample,b\nx,1\ny,two\n", {"types": {"b": "number"}}, r"meta\.csv, row 2, column 'b': 'two' is not a number"),
        ("sample,b\nx,2026-02-30\n", {"types": {"b": "date"}}, r"row 1, column 'b': '2026-02-30' is not a date"),
        ("sample,b\nx,1\n", {"types": {"c": "number"}}, r"types names 'c', and there is no such column"),
        ("sample,b,b\nx,1,2\n", {}, r"two columns are named 'b'"),
        ("sample,b\nx,1\n", {"types": {"b": "text"}}, r"annotations\.types\.b: \"text\" is not one of"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """File, line, column, and what was expected."""
    with pytest.raises(errors.TamisError, match=message):
        metadata(written(tmp_path, text), ("x", "y"), "b", **options)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.jsonl", b'{"sample": "x"}\n[1]\n', r"m\.jsonl, line 2: not an object"),
        ("m.jsonl", b'{"sample": "x"}\n{\n', r"m\.jsonl, line 2: not JSON"),
        ("m.jsonl", b'{"sample": "x", "b": 1}\n{"sample": "y", "b": "z"}\n', r"row 2, column 'b': 'z' is str, where"),
        ("m.parquet", b"PAR1 or not", r"m\.parquet: not parquet"),
        ("m.arrow", b"nothing", r"m\.arrow: not arrow"),
        ("m.xlsx", b"", r"'\.xlsx', is of no table: use \.csv"),
        ("gone.csv", None, r"gone\.csv' does not exist"),
    ],
)
def test_files_that_are_no_tables(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    """Are named, with the reason."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.TamisError, match=message):
        metadata(tmp_path / name, ("x", "y"), "b")


def test_a_selection_by_a_table(tmp_path: Path) -> None:
    """Only the rainy one of the higher floors, under a name of its own."""
    entries = [
        {
            "input": {"type": "METADATA", "key": "meta.floor"},
            "strategy": {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"},
        },
        {
            "input": {"type": "METADATA", "key": "meta.weather"},
            "strategy": {"type": "BALANCE", "target": [{"rainy": 1.0}]},
        },
    ]
    entries[1]["strategy"] = {"type": "BALANCE", "distribution": "TARGET", "target": {"rainy": 1.0}}
    annotated = dataset("a.jpg", "b.jpg", "c.jpg").annotate("table", written(tmp_path), "meta", registry=REGISTRY)
    result = select(annotated, {"n_samples": 1, "strategies": entries}, registry=REGISTRY)

    assert result.selected == ("c.jpg",)


def test_a_column_that_is_called_like_a_metric_is_passed_over_with_a_note(tmp_path: Path) -> None:
    """The metric is measured; under another name, the column can be selected by."""
    path = written(tmp_path, "file_name,lightly.width,width\na.jpg,30,30\nb.jpg,20,20\nc.jpg,10,10\n")
    images = [np.zeros((2, width, 3), np.uint8) for width in (5, 9, 7)]
    opened = Dataset.from_images(["a.jpg", "b.jpg", "c.jpg"], images).annotate("table", path, registry=REGISTRY)

    def selected(key: str) -> tuple[tuple[str, ...], list[str]]:
        entry = {"input": {"type": "METADATA", "key": key}, "strategy": {"type": "WEIGHTS"}}
        result = select(opened, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY)
        return result.selected, [note for note in result.manifest()["notes"] if "passed over" in note]

    assert selected("lightly.width") == (
        ("b.jpg",),
        [
            "strategies[0].input: metadata 'lightly.width' is passed over, as tamis measures what is called so: to "
            f"select by it, rename it, such as 'width', in {path}"
        ],
    )
    assert selected("width") == (("a.jpg",), [])
    assert selected("lightly.height")[1] == []


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails."""
    rows = "".join(f"{name},{number},{'ab'[number % 2]}\n" for number, name in enumerate(SAMPLES.values()))
    (declared,) = plugin.tamis_annotation_formats()
    results = check_annotation_format(declared, location=str(written(tmp_path, f"sample,n,c\n{rows}")))

    assert [result for result in results if result.status == "failed"] == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["1", "", "3O", "4"], "row 3, column 'x': '3O' is not a number"),
        (["1,5", "2,5", "", "3"], "row 1, column 'x': '1,5' is not a number"),
        (["sunny", "rainy", "", "1"], "row 1, column 'x': 'sunny' is not a number"),
        ([], "no row has a value in column 'x'"),
    ],
)
def test_a_category_where_a_number_is_needed_names_the_cell(values: list[str], reason: str, tmp_path: Path) -> None:
    """The first cell that made it one, with file and row; and how to say what the column holds."""
    rows = "".join(f'{name},"{value}"\n' for name, value in zip("abcd", values, strict=False))
    path = written(tmp_path, f"sample,x\n{rows}")
    given = dataset("a", "b", "c", "d").annotate("table", path, registry=REGISTRY)
    config = {
        "n_samples": 1,
        "strategies": [{"input": {"type": "METADATA", "key": "x"}, "strategy": {"type": "WEIGHTS"}}] * 2,
    }
    with pytest.raises(errors.ConfigError) as caught:
        select(given, config, registry=REGISTRY)

    for problem in caught.value.problems:
        assert "WEIGHTS takes a number" in str(problem)
        assert f"{path}" in str(problem)
        assert reason in str(problem)
        assert 'types={"x":"number"}' in str(problem)


def test_a_number_that_is_not_finite_is_told_from_none(tmp_path: Path) -> None:
    """It can't be used, and it is not said that there is nothing."""
    path = written(tmp_path, "sample,x\na,inf\nb,1e400\nc,\nd,nan\ne,-inf\nf,1\n")
    found = metadata(path, tuple("abcdef"), "x").columns["x"]

    assert found.cells() == [None] * 5 + [1.0]
    assert found.reasons == {
        0: "inf in the table is not a finite number",
        1: "inf in the table is not a finite number",
        2: "no value in the table",
        3: "no value in the table",
        4: "-inf in the table is not a finite number",
    }


def test_a_column_of_mixed_values_costs_itself(tmp_path: Path) -> None:
    """Others can be used; its field says which value is of another type, and what to do about it."""
    path = written(tmp_path, '{"sample": "a", "x": 1, "y": 5}\n{"sample": "b", "x": "z", "y": 6}\n', "x.jsonl")
    refusal = dataset("a", "b").annotate("table", path, registry=REGISTRY).annotations.fields()["x"].refusal

    assert metadata(path, ("a", "b"), "y").columns["y"].cells() == [5, 6]
    assert "row 2, column 'x': 'z' is str, where others are int; types={\"x\":\"category\"} makes" in refusal
    assert metadata(path, ("a", "b"), "x", types={"x": "category"}).columns["x"].cells() == ["1", "z"]


def test_a_number_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """With file, row and column: no floating-point number is that large."""
    path = written(tmp_path, '{"sample": "a", "x": 1}\n{"sample": "b", "x": 1' + "0" * 400 + "}\n", "x.jsonl")
    with pytest.raises(errors.MetadataError, match=r"x\.jsonl, row 2, column 'x': a number of 401 digits is too large"):
        metadata(path, ("a", "b"), "x")
