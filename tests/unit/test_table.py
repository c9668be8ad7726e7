"""Tables: the same cells in every format, nulls where there is no value."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
import tracemalloc
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import Column, Kind, Table, errors
from tamis.data.arrow_arrays import number_array, text_array
from tamis.data.table_columns import column_of

TABLE = Table(
    ("a.jpg", "b, c.jpg", "d.jpg"),
    {
        "x.float": Column("x.float", Kind.SCALAR, np.array([0.1, np.nan, -3.0])),
        "x.int": Column("x.int", Kind.SCALAR, np.array([2**62, 0, -1]), valid=np.array([True, False, True])),
        "x.category": Column(
            "x.category", Kind.CATEGORY, np.array([1, 0, 9]), labels=("no", "yes"), valid=np.array([True, True, False])
        ),
    },
)
ROWS = [
    {"sample": "a.jpg", "x.float": 0.1, "x.int": 2**62, "x.category": "yes"},
    {"sample": "b, c.jpg", "x.float": None, "x.int": None, "x.category": "no"},
    {"sample": "d.jpg", "x.float": -3.0, "x.int": -1, "x.category": None},
]


def written(suffix: str, table: Table = TABLE) -> bytes:
    """The file's content."""
    file = io.BytesIO()
    table.write(file, suffix)
    return file.getvalue()


def test_csv() -> None:
    """Floats as their shortest text that reads back the same; empty cells for nulls."""
    assert written(".csv").decode() == (
        'sample,x.float,x.int,x.category\na.jpg,0.1,4611686018427387904,yes\n"b, c.jpg",,,no\nd.jpg,-3.0,-1,\n'
    )
    assert [row["sample"] for row in csv.DictReader(io.StringIO(written(".csv").decode()))] == list(TABLE.samples)


def test_json_lines() -> None:
    """One object on a line."""
    assert [json.loads(line) for line in written(".jsonl").splitlines()] == ROWS


def test_parquet_arrow_pandas_and_polars() -> None:
    """Dotted names, integers that stay integers, and nulls that are not NaN."""
    arrow = pyarrow.parquet.read_table(io.BytesIO(written(".parquet")))
    frame = TABLE.to_pandas()

    assert arrow.to_pylist() == ROWS
    assert TABLE.to_arrow().equals(arrow)
    assert TABLE.to_polars().to_dicts() == ROWS
    assert frame["x.int"].dtype == "Int64"
    assert frame["x.float"].isna().tolist() == [False, True, False]
    assert frame["x.category"].tolist()[:2] == ["yes", "no"]


def test_it_doesnt_matter_how_many_rows_are_written_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor that a piece has no value at all; vectors are lists of numbers, those of objects lists of such lists."""
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    more = {
        "x.vector": Column("x.vector", Kind.VECTOR, vectors, valid=np.array([False, True, True])),
        "x.vectors": Column("x.vectors", Kind.VECTORS, vectors, offsets=np.array([0, 0, 2, 3])),
    }
    table = Table(TABLE.samples, {**TABLE.columns, **more})
    whole = {suffix: written(suffix) for suffix in (".csv", ".jsonl")}
    monkeypatch.setattr("tamis.data.table._ROWS", 1)

    assert {suffix: written(suffix) for suffix in whole} == whole
    assert pyarrow.parquet.read_table(io.BytesIO(written(".parquet"))).to_pylist() == ROWS
    assert [list(row.values())[-2:] for row in table.to_arrow().to_pylist()] == [
        [None, []],
        [[2.0, 3.0], [[0.0, 1.0], [2.0, 3.0]]],
        [[4.0, 5.0], [[4.0, 5.0]]],
    ]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_what_is_written_isnt_held_in_memory(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a piece at a time, which is less than 1 MB; all cells as objects would be 4."""
    monkeypatch.setattr("tamis.data.table._ROWS", 1000)
    rows = 20_000
    columns = {name: Column(name, Kind.SCALAR, np.random.default_rng(0).random(rows)) for name in "abcdef"}
    table = Table(tuple(map(str, range(rows))), columns)
    tracemalloc.start()
    try:
        with tempfile.TemporaryFile() as file:
            table.write(file, suffix)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1e6


def test_a_row_by_its_name() -> None:
    """Empty for a name that there isn't."""
    assert TABLE.row("b, c.jpg") == ROWS[1]
    assert TABLE.row("nobody") == {}


def test_names_that_are_not_text() -> None:
    """A CSV file has the bytes of the file name; JSON and Parquet spell them out."""
    table = Table(("latin-\udce9.jpg",), {"x": Column("x", Kind.SCALAR, np.array([1.0]))})

    assert b"latin-\xe9.jpg" in written(".csv", table)
    assert json.loads(written(".jsonl", table))["sample"] == "latin-\udce9.jpg"
    assert table.to_arrow()["sample"].to_pylist() == ["latin-\\udce9.jpg"]


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
def test_an_unknown_format_is_refused(suffix: str) -> None:
    """With those there are."""
    with pytest.raises(errors.OutputError, match=r"use \.csv, \.jsonl, \.parquet"):
        written(suffix)


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [("pyarrow", "to_arrow", "parquet"), ("pandas", "to_pandas", "pandas"), ("polars", "to_polars", "polars")],
)
def test_a_missing_package_is_one_line_with_its_cure(package: str, call: str, extra: str) -> None:
    """In an interpreter that doesn't have it."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "import tamis, numpy\n"
        "table = tamis.Table(('a',), {'x': tamis.Column('x', tamis.Kind.SCALAR, numpy.zeros(1))})\n"
        f"try: table.{call}()\n"
        "except tamis.errors.MissingDependencyError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith(f"needs {package}: pip install 'tamis[{extra}]'")


@pytest.mark.parametrize(
    "column",
    [
        lambda: Column("x", Kind.SCALAR, np.zeros((2, 2))),
        lambda: Column("x", Kind.VECTOR, np.zeros(2)),
        lambda: Column("x", Kind.SCALAR, np.array(["a"])),
        lambda: Column("x", Kind.CATEGORY, np.array([0.5]), labels=("a",)),
        lambda: Column("x", Kind.CATEGORY, np.array([1]), labels=("a",)),
        lambda: Column("x", Kind.CATEGORY, np.array([-1]), labels=("a",)),
        lambda: Column("x", Kind.DISTRIBUTION, np.zeros((2, 3)), labels=("a", "b")),
        lambda: Column("x", Kind.SCALAR, np.zeros(2), valid=np.array([True])),
    ],
)
def test_a_column_whose_parts_dont_fit_is_refused(column: object) -> None:
    """Where it's made, by name."""
    with pytest.raises(ValueError, match="column 'x': "):
        column()  # type: ignore[operator]


def test_a_columns_arrays_are_read_only() -> None:
    """And those that it was made from are left alone."""
    values = np.zeros(2)
    column = Column("x", Kind.SCALAR, values)

    with pytest.raises(ValueError, match="read-only"):
        column.values[0] = 1
    values[0] = 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pyarrow.array([1, 2], pyarrow.time32("s")), "its values are time; they must be all numbers, all strings"),
        (pyarrow.array([[1, 2], [3, 4]]), "its values "),
        (pyarrow.array([{"a": 1}, {"a": 2}]), "its values are dict; they must be"),
        (
            pyarrow.FixedShapeTensorArray.from_numpy_ndarray(np.eye(2, 3)),
            "its values ",
        ),
        ([np.zeros(3), np.zeros(3)], "its values "),
    ],
    ids=["times", "lists", "structs", "tensors", "arrays"],
)
def test_a_column_of_another_kind_is_an_error_of_metadata(values: Any, said: str) -> None:
    """With its name, rather than an error of the library that has the type."""
    with pytest.raises(errors.MetadataError, match=f"metadata 'x': {said}"):
        column_of("x", values)


def test_for_spreadsheets_no_cell_is_a_formula() -> None:
    """Names, categories and headings; numbers stay numbers."""
    labels = Column("-x", Kind.CATEGORY, np.array([0, 1]), labels=("@SUM(1)", "'@SUM(1)"))
    table = Table(("=1+1.png", "a.png"), {"-x": labels, "n": Column("n", Kind.SCALAR, np.array([-1.0, 2.0]))})
    rows = written(".csv", table.for_spreadsheets()).decode().splitlines()
    assert rows == ["sample,'-x,n", "'=1+1.png,'@SUM(1),-1.0", "a.png,''@SUM(1),2.0"]
    assert written(".csv", table).decode().splitlines()[1] == "=1+1.png,@SUM(1),-1.0"


@given(st.lists(st.text("'=+-@a\t"), unique=True))
def test_what_was_guarded_can_be_undone(names: list[str]) -> None:
    """By dropping one apostrophe."""
    guarded = Table(tuple(names), {}).for_spreadsheets().samples
    assert not any(name.startswith(("=", "+", "-", "@", "\t")) for name in guarded)
    assert [name.removeprefix("'") for name in guarded] == names


@given(st.lists(st.none() | st.text(), max_size=20), st.integers(0, 7))
def test_arrays_made_of_buffers_are_pyarrows_own(texts: list[str | None], first: int) -> None:
    """Of texts, and of numbers in whatever order of bytes; also as a part of a longer one, as batches are."""
    numbers = np.arange(len(texts), dtype=">f4")
    valid = np.array([text is not None for text in texts], dtype=bool)
    made, expected = text_array(texts), pyarrow.array(texts, pyarrow.string())

    made.validate(full=True)
    assert made[first:].equals(expected[first:])
    assert made.null_count == expected.null_count
    expected = pyarrow.array(numbers.astype("f4"), mask=~valid)
    assert number_array(numbers, valid)[first:].equals(expected[first:])


def test_writing_parquet_imports_no_pandas() -> None:
    """It would take longer than a small run."""
    code = (
        "import io, sys, numpy as np\nfrom tamis import Column, Kind, Table\n"
        "x, y = Column('x', Kind.SCALAR, np.ones(1)), Column('y', Kind.CATEGORY, np.zeros(1, int), labels=('no',))\n"
        "Table(('a',), {'x': x, 'y': y}).write(io.BytesIO(), '.parquet')\n"
        "print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True False\n"
