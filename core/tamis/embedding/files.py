"""Embeddings in files, by the names of samples: Lightly's CSV, ``.npy`` with a list of names, and Parquet."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.matching import matched
from tamis.data.memory import Memory
from tamis.data.names import read_names, text_of
from tamis.data.vectors import Vectors, checked
from tamis.errors import DatasetError, EmbeddingError, MissingDependencyError, TamisError, described
from tamis.suggestion import did_you_mean

if TYPE_CHECKING:
    import pyarrow

FILENAMES, LABELS, MASKED, SELECTED, EMBEDDING = "filenames", "labels", "masked", "selected", "embedding"
FLAGS = (MASKED, SELECTED)
#: Rows of a Parquet file that are in memory beside what is made of them.
_BATCH = 65_536

Flags = npt.NDArray[np.bool_]


def read_embeddings(
    path: str | os.PathLike[str],
    samples: Sequence[str],
    *,
    names: str | os.PathLike[str] | None = None,
    memory: Memory | None = None,
) -> Vectors:
    """The vectors of samples, from a file that has a row for each.

    Its suffix says its form:

    - ``.csv``, as Lightly's worker takes it: columns ``filenames``, ``embedding_0``, ``embedding_1``, ..., ``labels``,
      and ``masked`` (1: the sample takes no part) and ``selected`` (1: it is picked already), if there are any. Labels,
      and columns after them, are not used.
    - ``.npy``: an array ``(rows, d)``, mapped and not read if it is float32 or float16 and has the samples' order;
      names are lines of ``names``, by default the same file name with the suffix ``.txt``.
    - ``.parquet``: columns as for CSV, or one column of lists named ``embedding``.

    Args:
        path: The file.
        samples: Names of the samples. One that has no row has no vector; a row that is no sample's is noted.
        names: Of the rows of an ``.npy`` file.
        memory: Where vectors are that are not mapped; by default in memory.

    Raises:
        EmbeddingError: it can't be read, its form is wrong, a number is not finite, a name is there twice, or none is a
            sample's. The message says which row.
        MissingDependencyError: Parquet without pyarrow.
    """
    path, memory = Path(path), memory or Memory()
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise EmbeddingError(f"{path}: embeddings are read from {', '.join(_READERS)}")
    if names is not None and path.suffix.lower() != ".npy":
        raise EmbeddingError(f"{path}: 'names' goes with .npy; {path.suffix} files hold names")
    try:
        rows = read(path, Path(names) if names is not None else path.with_suffix(".txt"), memory)
        values = checked(rows.names, rows.values, normalize=False)
    except OSError as error:
        raise EmbeddingError(f"{error.filename or path}: can't be read: {error.strerror or error}") from error
    except DatasetError as error:  # about the list of names
        raise EmbeddingError(str(error)) from error
    except ValueError as error:
        raise EmbeddingError(f"{path}: {error}") from error
    except (TamisError, MemoryError):
        raise
    except Exception as error:  # a library's own readers may fail in ways of their own
        raise EmbeddingError(f"{path}: can't be read: {described(error)}") from error
    return _matched(path, samples, attrs.evolve(rows, values=values), memory)


@attrs.frozen(eq=False)
class _Rows:
    """What a file holds."""

    names: list[str]
    values: Any
    flags: Mapping[str, Flags] = attrs.field(factory=dict)


def _matched(path: Path, samples: Sequence[str], rows: _Rows, memory: Memory) -> Vectors:
    """The rows of the samples, in their order."""
    if len(set(rows.names)) < len(rows.names):
        name, count = Counter(rows.names).most_common(1)[0]
        raise EmbeddingError(f"{path}: {count} rows are named {name!r}")
    found = np.array(matched(samples, rows.names), dtype=np.intp)
    valid = found >= 0
    if not valid.any():
        such = f"such as {rows.names[0]!r}" if rows.names else "for there are none"
        raise EmbeddingError(
            f"{path}: none of its {len(rows.names)} rows belongs to a sample, {such}; samples are named like "
            f"{samples[0]!r}"
        )
    values = rows.values
    if len(samples) != len(values) or (found != np.arange(len(samples))).any():
        values = memory.take(values, found)
        if not valid.all():
            values[~valid] = 0
    owned = set(found.tolist())
    orphans = [name for row, name in enumerate(rows.names) if row not in owned]
    more = ", ..." if len(orphans) > 3 else ""
    return Vectors(
        values,
        valid,
        reasons={int(row): f"no row in {path}" for row in np.flatnonzero(~valid)},
        excluded=valid & rows.flags[MASKED][found] if MASKED in rows.flags else None,
        preselected=valid & rows.flags[SELECTED][found] if SELECTED in rows.flags else None,
        notes=(f"{path}: {len(orphans)} rows belong to no sample: {', '.join(orphans[:3])}{more}",) if orphans else (),
    )


def _read_csv(path: Path, _: Path, memory: Memory) -> _Rows:
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:  # names need not be text
        return _parse_csv(file)


def _parse_csv(file: TextIO) -> _Rows:
    lines = csv.reader(file)
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise ValueError(f"line {lines.line_num}: {error}") from error
    columns, flags = _columns(header)
    names: list[str] = []
    values: list[npt.NDArray[np.float32]] = []
    marks: dict[str, list[bool]] = {name: [] for name in flags}
    try:
        for row in lines:
            if len(row) != len(header):
                raise ValueError(f"{len(row) or 'no'} cells for {len(header)} columns")
            names.append(row[0])
            values.append(np.array([float(row[column]) for column in columns], dtype=np.float64))
            for name, column in flags.items():
                marks[name].append(_flag(row[column], name))
    except (ValueError, csv.Error) as error:
        raise ValueError(f"line {lines.line_num}: {error}") from error
    array = np.array(values, dtype=np.float64).reshape(len(names), len(columns))
    return _Rows(names, array, {name: np.array(mark, dtype=bool) for name, mark in marks.items()})


def _columns(header: Sequence[str]) -> tuple[list[int], dict[str, int]]:
    """Where a CSV file has the numbers of the vectors, in order, and its flags. Raises `ValueError`."""
    for name in header:
        if name != name.strip():
            raise ValueError(f"the column name {name!r} has white space around it")
    if not header or header[0] != FILENAMES:
        raise ValueError(f"the first column is {header[0] if header else ''!r}, not '{FILENAMES}'")
    if LABELS not in header:
        raise ValueError(f"there is no column '{LABELS}'{did_you_mean(LABELS, header)}")
    flags = {name: header.index(name) for name in FLAGS if name in header}
    ordered = _ordered([name for name in header[1 : header.index(LABELS)] if name not in flags])
    return [header.index(name) for name in ordered], flags


def _ordered(names: Sequence[str]) -> list[str]:
    """The columns of the vectors by their numbers. Raises `ValueError` if there are others, or one is lacking."""
    numbers = {}
    for name in names:
        if not (match := re.fullmatch(rf"{EMBEDDING}_(\d+)", name, re.ASCII)):
            raise ValueError(f"column {name!r} is none of {EMBEDDING}_<number>, {MASKED} and {SELECTED}")
        numbers[int(match[1])] = name
    if not names or sorted(numbers) != list(range(len(names))):
        raise ValueError(f"columns {EMBEDDING}_0, {EMBEDDING}_1, ... must be there, each once")
    return [numbers[number] for number in range(len(names))]


def _flag(value: Any, name: str) -> bool:
    text = str(value).lower()
    if text not in ("0", "1", "false", "true"):
        raise ValueError(f"{name} is {value!r}, not 0 or 1")
    return text in ("1", "true")


def _read_npy(path: Path, names: Path, memory: Memory) -> _Rows:
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # NumPy parses the header as Python, and lets that complain in its own ways
        raise ValueError(f"not an array: {error}") from error
    return _Rows(list(read_names(names)), array)


def _read_parquet(path: Path, _: Path, memory: Memory) -> _Rows:
    try:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", "reading Parquet", "parquet") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        schema = file.schema_arrow
    except pa.ArrowException as error:
        raise ValueError(f"not Parquet: {error}") from error
    header = schema.names
    if FILENAMES not in header:
        raise ValueError(f"there is no column '{FILENAMES}'{did_you_mean(FILENAMES, header)}")
    used = [name for name in header if EMBEDDING not in header or name in (FILENAMES, EMBEDDING, *FLAGS)]
    try:
        with file:
            parts = (_of_arrow(pa.Table.from_batches([batch])) for batch in file.iter_batches(_BATCH, columns=used))
            return _joined(parts, file.metadata.num_rows, memory) or _of_arrow(schema.empty_table().select(used))
    except pa.ArrowException as error:
        raise ValueError(f"its columns can't be used: {error}") from error


def _joined(parts: Iterable[_Rows], count: int, memory: Memory) -> _Rows | None:
    """So many rows from consecutive parts, which aren't kept; None if there is no part. Raises `ValueError`."""
    found: _Rows | None = None
    for part in parts:
        start = len(found.names) if found else 0
        if found is None:
            kept = np.float16 if part.values.dtype == np.float16 else np.float32
            values = memory.empty((count, part.values.shape[1]), kept)
            found = _Rows([], values, {name: np.empty(count, dtype=bool) for name in part.flags})
        if part.values.shape[1] != found.values.shape[1]:
            raise ValueError(f"'{EMBEDDING}' must be lists of one length")
        found.names.extend(part.names)
        with np.errstate(over="ignore"):  # what float32 can't hold is found to be not finite
            found.values[start : len(found.names)] = part.values
        for name, marks in part.flags.items():
            found.flags[name][start : len(found.names)] = marks
    return found


def _of_arrow(table: pyarrow.Table) -> _Rows:
    """The rows of a table with names. Raises `ValueError`, or one of Arrow's own."""
    header = table.column_names
    names = [_name(value) for value in table.column(FILENAMES).to_pylist()]
    if EMBEDDING in header:
        values = _lists(table.column(EMBEDDING))
    else:
        ordered = _ordered([name for name in header if name not in (FILENAMES, LABELS, *FLAGS)])
        values = np.stack([_floats(table.column(name), name) for name in ordered], axis=1)
    flags = {
        name: np.array([_flag(value, name) for value in table.column(name).to_pylist()], dtype=bool)
        for name in FLAGS
        if name in header
    }
    return _Rows(names, values, flags)


def _name(value: Any) -> str:
    """A name out of a column of text, or of bytes as a file system has them. Raises `ValueError`."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return value
    raise ValueError(f"'{FILENAMES}' holds {value!r}, which is no name")


def _lists(column: pyarrow.ChunkedArray) -> npt.NDArray[Any]:
    """``(rows, d)`` of a column of lists, of whatever type Arrow has for them. Raises `ValueError`."""
    import pyarrow as pa

    array, kind = column.combine_chunks(), column.type
    if isinstance(kind, pa.FixedShapeTensorType):
        if len(kind.shape) != 1:
            raise ValueError(f"'{EMBEDDING}' is of tensors of shape {tuple(kind.shape)}, not of vectors")
        array, kind = array.storage, kind.storage_type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        raise ValueError(f"'{EMBEDDING}' is of type {kind}, and must be of lists of numbers")
    if len(array) == 0:
        return np.empty((0, 1), dtype=np.float32)
    if len(pa.compute.list_value_length(array).unique()) != 1 or array.null_count:
        raise ValueError(f"'{EMBEDDING}' must be lists of one length")
    return _floats(array.flatten(), EMBEDDING).reshape(len(array), -1)


def _floats(column: Any, name: str) -> npt.NDArray[Any]:
    """The numbers of a column. Raises `ValueError`."""
    import pyarrow as pa

    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise ValueError(f"'{name}' is of {column.type}, and must be of numbers")
    if column.null_count:
        raise ValueError(f"'{name}' lacks {column.null_count} numbers")
    array: npt.NDArray[Any] = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False)
    return array


_READERS: dict[str, Callable[[Path, Path, Memory], _Rows]] = {
    ".csv": _read_csv,
    ".npy": _read_npy,
    ".parquet": _read_parquet,
}


def check_embeddings_suffix(suffix: str) -> None:
    """Raise `EmbeddingError` or `MissingDependencyError` if no vectors can be written to such a file."""
    if suffix.lower() not in _READERS:
        raise EmbeddingError(f"embeddings are written to {', '.join(_READERS)}, not '{suffix}'")
    if suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise MissingDependencyError("pyarrow", "Parquet output", "parquet") from None


def write_embeddings(file: IO[bytes], suffix: str, samples: Sequence[str], values: npt.NDArray[np.float32]) -> None:
    """Write ``(n, d)`` vectors as `read_embeddings` reads them. The names of ``.npy`` go into a file of their own."""
    if suffix.lower() == ".npy":
        np.save(file, values, allow_pickle=False)
    elif suffix.lower() == ".csv":
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([FILENAMES, *(f"{EMBEDDING}_{number}" for number in range(values.shape[1])), LABELS])
        # The shortest digits that give the same float32 again.
        writer.writerows([name, *map(str, row), 0] for name, row in zip(samples, values, strict=True))
        text.detach()
    else:
        import pyarrow as pa
        import pyarrow.parquet

        lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
        table = pa.table({FILENAMES: pa.array(list(map(text_of, samples))), EMBEDDING: lists})
        pyarrow.parquet.write_table(table, file, use_dictionary=[FILENAMES])
