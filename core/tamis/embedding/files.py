"""Embeddings in files, by the names of samples: Lightly's CSV, ``.npy`` with a list of names, and Parquet."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TextIO

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.vectors import Vectors, checked
from tamis.errors import EmbeddingError, MissingDependencyError
from tamis.suggestion import did_you_mean

FILENAMES, LABELS, MASKED, SELECTED, EMBEDDING = "filenames", "labels", "masked", "selected", "embedding"
FLAGS = (MASKED, SELECTED)

Flags = npt.NDArray[np.bool_]


def read_embeddings(
    path: str | os.PathLike[str], samples: Sequence[str], *, names: str | os.PathLike[str] | None = None
) -> Vectors:
    """The vectors of samples, from a file that has a row for each.

    Its suffix says its form:

    - ``.csv``, as Lightly's worker takes it: columns ``filenames``, ``embedding_0``, ``embedding_1``, ..., ``labels``,
      and ``masked`` (1: the sample takes no part) and ``selected`` (1: it is picked already), if there are any. Labels,
      and columns after them, are not used.
    - ``.npy``: an array ``(rows, d)``, mapped and not read if it is float32 and has the order of the samples; names are
      lines of ``names``, by default the same file name with the suffix ``.txt``.
    - ``.parquet``: columns as for CSV, or one column of lists named ``embedding``.

    Args:
        path: The file.
        samples: Names of the samples. One that has no row has no vector; a row that is no sample's is noted.
        names: Of the rows of an ``.npy`` file.

    Raises:
        EmbeddingError: it can't be read, its form is wrong, a number is not finite, a name is there twice, or none is a
            sample's. The message says which row.
        MissingDependencyError: Parquet without pyarrow.
    """
    path = Path(path)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise EmbeddingError(f"{path}: embeddings are read from {', '.join(_READERS)}")
    if names is not None and path.suffix.lower() != ".npy":
        raise EmbeddingError(f"{path}: 'names' goes with .npy; {path.suffix} files hold names")
    try:
        rows = read(path, Path(names) if names is not None else path.with_suffix(".txt"))
        values = checked(rows.names, rows.values, normalize=False)
    except OSError as error:
        raise EmbeddingError(f"{error.filename or path}: can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise EmbeddingError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except ValueError as error:
        raise EmbeddingError(f"{path}: {error}") from error
    return _matched(path, samples, attrs.evolve(rows, values=values))


@attrs.frozen(eq=False)
class _Rows:
    """What a file holds."""

    names: list[str]
    values: Any
    flags: Mapping[str, Flags] = attrs.field(factory=dict)


def _matched(path: Path, samples: Sequence[str], rows: _Rows) -> Vectors:
    """The rows of the samples, in their order."""
    index = {name: row for row, name in enumerate(rows.names)}
    if len(index) < len(rows.names):
        name, count = Counter(rows.names).most_common(1)[0]
        raise EmbeddingError(f"{path}: {count} rows are named {name!r}")
    found = np.array([index.get(sample, -1) for sample in samples], dtype=np.intp)
    valid = found >= 0
    if not valid.any():
        such = f"such as {rows.names[0]!r}" if rows.names else "for there are none"
        raise EmbeddingError(
            f"{path}: none of its {len(rows.names)} rows belongs to a sample, {such}; samples are named like "
            f"{samples[0]!r}"
        )
    values = rows.values
    if len(samples) != len(values) or (found != np.arange(len(samples))).any():
        values = values[found]
        values[~valid] = 0
    known = set(samples)
    orphans = [name for name in rows.names if name not in known]
    more = ", ..." if len(orphans) > 3 else ""
    return Vectors(
        values,
        valid,
        reasons={int(row): f"no row in {path}" for row in np.flatnonzero(~valid)},
        excluded=valid & rows.flags[MASKED][found] if MASKED in rows.flags else None,
        preselected=valid & rows.flags[SELECTED][found] if SELECTED in rows.flags else None,
        notes=(f"{path}: {len(orphans)} rows belong to no sample: {', '.join(orphans[:3])}{more}",) if orphans else (),
    )


def _read_csv(path: Path, _: Path) -> _Rows:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return _parse_csv(file)


def _parse_csv(file: TextIO) -> _Rows:
    lines = csv.reader(file)
    header = next(lines, [])
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


def _read_npy(path: Path, names: Path) -> _Rows:
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise ValueError(f"not an array: {error}") from error
    return _Rows(names.read_text(encoding="utf-8", errors="surrogateescape").splitlines(), array)


def _read_parquet(path: Path, _: Path) -> _Rows:
    try:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", "reading Parquet", "parquet") from None
    try:
        table = pyarrow.parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"not Parquet: {error}") from error
    header = table.column_names
    if FILENAMES not in header:
        raise ValueError(f"there is no column '{FILENAMES}'{did_you_mean(FILENAMES, header)}")
    names = [str(name) for name in table.column(FILENAMES).to_pylist()]
    if EMBEDDING in header:
        lists = table.column(EMBEDDING).combine_chunks()
        if len(pa.compute.list_value_length(lists).unique()) != 1 or lists.null_count:
            raise ValueError(f"'{EMBEDDING}' must be lists of one length")
        values = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(names), -1)
    else:
        ordered = _ordered([name for name in header if name not in (FILENAMES, LABELS, *FLAGS)])
        values = np.stack([table.column(name).to_numpy() for name in ordered], axis=1)
    flags = {
        name: np.array([_flag(value, name) for value in table.column(name).to_pylist()], dtype=bool)
        for name in FLAGS
        if name in header
    }
    return _Rows(names, values, flags)


_READERS: dict[str, Callable[[Path, Path], _Rows]] = {
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
        table = pa.table({FILENAMES: pa.array(list(samples)), EMBEDDING: lists})
        pyarrow.parquet.write_table(table, file, use_dictionary=[FILENAMES])
