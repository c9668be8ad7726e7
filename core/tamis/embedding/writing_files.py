"""Writing embeddings to files, as `tamis.read_embeddings` reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import IO

import numpy as np
import numpy.typing as npt

from tamis.data.arrow_arrays import number_array, text_array
from tamis.data.names import text_of
from tamis.embedding.files import READERS
from tamis.embedding.vector_rows import EMBEDDING, FILENAMES, LABELS
from tamis.errors import EmbeddingError, MissingDependencyError


def check_embeddings_suffix(suffix: str) -> None:
    """Raise `EmbeddingError` or `MissingDependencyError` if no vectors can be written to such a file."""
    if suffix.lower() not in READERS:
        raise EmbeddingError(f"embeddings are written to {', '.join(READERS)}, not '{suffix}'")
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

        lists = pa.FixedSizeListArray.from_arrays(number_array(values.ravel()), values.shape[1])
        table = pa.table({FILENAMES: text_array(list(map(text_of, samples))), EMBEDDING: lists})
        pyarrow.parquet.write_table(table, file, use_dictionary=[FILENAMES])
