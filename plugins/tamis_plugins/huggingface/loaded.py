"""A `datasets.Dataset` that a program holds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tamis.errors import DatasetError, ParameterError
from tamis_plugins.huggingface.rows import Rows
from tamis_plugins.huggingface.saved import chosen_split
from tamis_plugins.huggingface.stream import member_of
from tamis_plugins.parquet_rows.columns import Columns

if TYPE_CHECKING:
    import pyarrow

#: Rows that are taken from it at a time.
_ROWS = 1000


def is_loaded(given: object) -> bool:
    """Whether something is a dataset of that library, or several splits of one. The library isn't imported for it."""
    library: Any = sys.modules.get("datasets")
    names = ("Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict")
    return library is not None and isinstance(given, tuple(getattr(library, name) for name in names))


def dataset_of(given: Any, split: str | None) -> Any:
    """The dataset, or a split. Raises `DatasetError` and `ParameterError`."""
    if isinstance(given, dict):
        given = given[chosen_split([str(name) for name in given], split, "the DatasetDict")]
    elif split is not None:
        raise ParameterError("split", "the Dataset has no splits: they are those of a DatasetDict")
    if not hasattr(given, "select_columns") or not hasattr(given, "__len__"):
        raise DatasetError(
            f"an {type(given).__name__} has no rows that can be opened by number: streaming=False loads them"
        )
    return given


class LoadedRows(Rows):
    """The rows of a dataset.

    Args:
        dataset: The `datasets.Dataset`.

    Attributes:
        stamp: The fingerprint that the library gives it, which changes with its content.

    Raises:
        DatasetError: there is none.
    """

    where = "the Dataset"

    def __init__(self, dataset: Any) -> None:
        self._dataset, self.count = dataset, len(dataset)
        if not self.count:
            raise DatasetError("the Dataset has no row")
        self.features = dataset.features.to_dict()
        self.schema = dataset.features.arrow_schema
        stamp = getattr(dataset, "_fingerprint", None)  # there is no public name, and without one nothing is stored
        self.stamp = stamp if isinstance(stamp, str) else None

    def batches(self, column: str, member: str | None = None) -> Iterator[pyarrow.Array]:
        """As they are in its table, undecoded."""
        found, name = self._only(column)
        if member is not None and f"{column}.{member}" in found.column_names:
            found, name, member = found.select_columns([f"{column}.{member}"]), f"{column}.{member}", None
        for table in found.with_format("arrow").iter(_ROWS):
            for chunk in table.column(name).chunks:
                yield member_of(chunk, member)

    def images(self, columns: Columns) -> Any:
        """A table of one row, of the bytes and the paths of images, by its number."""
        found, _ = self._only(str(columns.image))
        return found.select_columns([name for name in (columns.bytes, columns.path) if name]).with_format("arrow")

    def _only(self, column: str) -> tuple[Any, str]:
        """The dataset without its other columns; of images, with a column for each member of their structs."""
        library: Any = sys.modules["datasets"]
        found = self._dataset.select_columns([column])
        if isinstance(found.features[column], library.Image):
            found = found.cast_column(column, library.Image(decode=False)).flatten()
        return found, column
