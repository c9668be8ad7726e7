"""A `datasets.Dataset` that a program holds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tamis.errors import DatasetError, ParameterError
from tamis_plugins.huggingface.rows import Rows
from tamis_plugins.huggingface.saved import chosen_split
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
        dataset: The same.
        stamp: The fingerprint that the library gives it, which changes with its content.

    Raises:
        DatasetError: there is none.
    """

    where = "the Dataset"

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.count = dataset, len(dataset)
        if not self.count:
            raise DatasetError("the Dataset has no row")
        self.features = dataset.features.to_dict()
        self.schema = dataset.features.arrow_schema
        stamp = getattr(dataset, "_fingerprint", None)  # there is no public name, and without one nothing is stored
        self.stamp = stamp if isinstance(stamp, str) else None

    def batches(self, column: str, member: str | None = None) -> Iterator[pyarrow.Array]:
        """As they are in its table, undecoded."""
        found = self._flat(column, [f"{column}.{member}"]) if member else self.dataset.select_columns([column])
        for table in found.with_format("arrow").iter(_ROWS):
            yield from table.column(0).chunks

    def images(self, columns: Columns) -> Any:
        """A table of one row, of the bytes and the paths of images, by its number."""
        return self._flat(str(columns.image), [name for name in (columns.bytes, columns.path) if name]).with_format(
            "arrow"
        )

    def _flat(self, column: str, wanted: list[str]) -> Any:
        """Only a column, or some members of its structs, so that nothing else of it is read."""
        library: Any = sys.modules["datasets"]
        found = self.dataset.select_columns([column])
        if isinstance(found.features[column], library.Image):
            found = found.cast_column(column, library.Image(decode=False))
        return (found if wanted == [column] else found.flatten()).select_columns(wanted)
