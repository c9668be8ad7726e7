"""Embeddings in files, by the names of samples: Lightly's CSV, ``.npy`` with a list of names, and Parquet."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import numpy as np

from tamis.data.matching import matched
from tamis.data.memory import Memory
from tamis.data.names import read_names
from tamis.data.vectors import Vectors, checked
from tamis.embedding.csv_vectors import read_csv
from tamis.embedding.parquet_vectors import read_parquet
from tamis.embedding.vector_rows import MASKED, SELECTED, VectorRows
from tamis.errors import DatasetError, EmbeddingError, TamisError, described


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
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise EmbeddingError(f"{path}: embeddings are read from {', '.join(READERS)}")
    if names is not None and path.suffix.lower() != ".npy":
        raise EmbeddingError(f"{path}: 'names' goes with .npy; {path.suffix} files hold names")
    try:
        listed = Path(names) if names is not None else path.with_suffix(".txt")
        rows = read(path, listed, memory)
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
    files = (path, listed) if path.suffix.lower() == ".npy" else (path,)
    return attrs.evolve(_matched(path, samples, attrs.evolve(rows, values=values), memory), files=files)


def _matched(path: Path, samples: Sequence[str], rows: VectorRows, memory: Memory) -> Vectors:
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


def _read_npy(path: Path, names: Path) -> VectorRows:
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # NumPy parses the header as Python, and lets that complain in its own ways
        raise ValueError(f"not an array: {error}") from error
    return VectorRows(list(read_names(names)), array)


#: By suffix: what reads a file, given the list of names that goes with it.
READERS: dict[str, Callable[[Path, Path, Memory], VectorRows]] = {
    ".csv": lambda path, _, __: read_csv(path),
    ".npy": lambda path, names, _: _read_npy(path, names),
    ".parquet": lambda path, _, memory: read_parquet(path, memory),
}
