"""A table with a row for each sample: what ``compute`` returns, and the inputs of a selection."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

import attrs
import numpy as np

from tamis.data.arrow_arrays import number_array, text_array
from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.names import text_of
from tamis.data.summary import Summary
from tamis.errors import MissingDependencyError, OutputError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Name of the first column.
SAMPLE = "sample"

#: What a cell begins with that a spreadsheet takes for a formula, as OWASP's page on CSV injection lists them; and the
#: apostrophe, so that what `Table.for_spreadsheets` does can be undone.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")

#: Rows written at a time, so that what is made of them stays small.
_ROWS = 65_536


@attrs.frozen(eq=False, slots=False)
class Table:
    """Columns over the samples of a dataset, in dataset order.

    Attributes:
        samples: Names of the samples, the first column.
        columns: By name. A sample without a value has an empty cell (null), never NaN.
        failures: Why cells are empty.
    """

    samples: tuple[str, ...]
    columns: Mapping[str, Column]
    failures: tuple[Failure, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} rows: {', '.join((SAMPLE, *self.columns))}>"

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict for each sample, with None in empty cells."""
        names = (SAMPLE, *self.columns)
        for part in self._parts():
            for row in part._cells():
                yield dict(zip(names, row, strict=True))

    def row(self, sample: str) -> dict[str, Any]:
        """The row of one sample; empty if there is none."""
        place = self._places.get(sample)
        return {} if place is None else self._row(place)

    def _row(self, place: int) -> dict[str, Any]:
        """The row of that number."""
        return {SAMPLE: self.samples[place], **{name: column.cell(place) for name, column in self.columns.items()}}

    def summary(self) -> Summary:
        """What its numbers and categories are like: counts, range, quantiles; the commonest. Vectors are left out."""
        return Summary.of(self.columns)

    @cached_property
    def _places(self) -> dict[str, int]:
        """The row of each sample."""
        return dict(zip(self.samples, range(len(self.samples)), strict=True))

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow table. Raises `MissingDependencyError`."""
        try:
            import pyarrow as pa
        except ImportError:
            raise MissingDependencyError("pyarrow", "Arrow and Parquet output", "parquet") from None
        return pa.Table.from_batches(self._batches(), self._schema())

    def _cells(self) -> Iterator[tuple[Any, ...]]:
        """One tuple for each sample, with its name first and None in empty cells."""
        return zip(self.samples, *(column.cells() for column in self.columns.values()), strict=True)

    def _parts(self) -> Iterator[Table]:
        """The table, so many rows at a time."""
        for start in range(0, len(self), _ROWS):
            samples = self.samples[start : start + _ROWS]
            rows = np.arange(start, start + len(samples))
            yield Table(samples, {name: column.take(rows) for name, column in self.columns.items()})

    def _schema(self) -> pyarrow.Schema:
        import pyarrow as pa

        types = {SAMPLE: pa.string()}
        for name, column in self.columns.items():
            number = pa.from_numpy_dtype(column.values.dtype)
            kinds = {Kind.SCALAR: number, Kind.CATEGORY: pa.string(), Kind.VECTORS: pa.list_(pa.list_(number))}
            types[text_of(name)] = kinds.get(column.kind, pa.list_(number))
        return pa.schema(types)

    def _batches(self) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow as pa

        schema = self._schema()
        for part in self._parts():
            arrays = [text_array(part._text_names())]
            for name, column in part.columns.items():
                if column.kind is Kind.SCALAR:
                    arrays.append(number_array(column.values, column.valid))
                elif column.kind is Kind.CATEGORY:
                    arrays.append(text_array(_cells(column)))
                else:
                    arrays.append(pa.array(_cells(column), schema.field(text_of(name)).type))
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame with nullable dtypes. Raises `MissingDependencyError`."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingDependencyError("pandas", "to_pandas()", "pandas") from None
        series: dict[str, Any] = {SAMPLE: pd.array(self._text_names(), dtype="string")}
        for name, column in self.columns.items():
            dtype: Any = {"f": "Float64", "i": "Int64", "u": "UInt64"}[column.values.dtype.kind]
            if column.kind is not Kind.SCALAR:
                dtype = "category" if column.kind is Kind.CATEGORY else "object"
            series[text_of(name)] = pd.array(_cells(column), dtype=dtype)
        return pd.DataFrame(series)

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame. Raises `MissingDependencyError`."""
        try:
            import polars as pl
        except ImportError:
            raise MissingDependencyError("polars", "to_polars()", "polars") from None
        cells = {text_of(name): _cells(column) for name, column in self.columns.items()}
        return pl.DataFrame({SAMPLE: self._text_names(), **cells})

    def _text_names(self) -> list[str]:
        """The names, with what isn't text spelled out: such file names have no other way into a string column."""
        return list(map(text_of, self.samples))

    def for_spreadsheets(self) -> Table:
        """The same with an apostrophe before each name and category that a spreadsheet would take for a formula.

        These begin with ``=``, ``+``, ``-``, ``@``, a tab or a line end. One that begins with an apostrophe gets
        another, so that dropping one from each cell that has it gives the names back.
        """
        columns = {_as_text(name): _with_labels_as_text(column) for name, column in self.columns.items()}
        return attrs.evolve(self, samples=tuple(map(_as_text, self.samples)), columns=columns)

    def write(self, file: IO[bytes], suffix: str) -> None:
        """Write the table in the format of a file name suffix.

        Raises:
            OutputError: the suffix stands for no format.
            MissingDependencyError: the format needs a package that isn't installed.
        """
        check_suffix(suffix)
        _WRITERS[suffix.lower()](self, file)


def _cells(column: Column) -> list[Any]:
    """The cells of a column; of texts, with what isn't text spelled out."""
    cells = column.cells()
    if column.kind is Kind.CATEGORY:
        return [None if cell is None else text_of(cell) for cell in cells]
    return cells


def _as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _with_labels_as_text(column: Column) -> Column:
    if column.kind is not Kind.CATEGORY:
        return column
    return attrs.evolve(column, labels=tuple(map(_as_text, column.labels)))


def check_suffix(suffix: str) -> None:
    """Raise `OutputError` or `MissingDependencyError` if no table can be written to such a file."""
    if suffix.lower() not in _WRITERS:
        found = f"'{suffix}' is not a table format" if suffix else "the file name has no suffix that says its format"
        raise OutputError(f"{found}: use {', '.join(_WRITERS)}")
    if suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise MissingDependencyError("pyarrow", "Parquet output", "parquet") from None


def _write_csv(table: Table, file: IO[bytes]) -> None:
    # File names that are not UTF-8 are written as they are.
    text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([SAMPLE, *map(text_of, table.columns)])
    for part in table._parts():
        writer.writerows(zip(part.samples, *map(_cells, part.columns.values()), strict=True))
    text.detach()


def _write_jsonl(table: Table, file: IO[bytes]) -> None:
    for row in table.rows():
        file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


def _write_parquet(table: Table, file: IO[bytes]) -> None:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(file, table._schema()) as writer:
        for batch in table._batches():
            writer.write_batch(batch)


_WRITERS = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
