"""Rows of a dataset as the library `datasets` has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tamis.errors import DatasetError, MissingDependencyError
from tamis_plugins.huggingface.loaded import LoadedRows
from tamis_plugins.huggingface.saved import SavedRows

#: What datasets that are opened have a method of: ``to_huggingface``.
NAME = "huggingface"


def rows_back(rows: SavedRows | LoadedRows, names: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """What makes a `datasets.Dataset` of some of these names, in their order, with all columns.

    Raises, when it is called:
        DatasetError: the library can't load the folder, or it has other rows by now.
        MissingDependencyError: there is a folder, and the library isn't installed.
    """

    def back(samples: Sequence[str]) -> Any:
        positions = {name: row for row, name in enumerate(names)}
        dataset = rows.dataset if isinstance(rows, LoadedRows) else _loaded(rows)
        return dataset.select([positions[sample] for sample in samples])

    return back


def _loaded(rows: SavedRows) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError("datasets", "to_huggingface", "huggingface") from error
    try:
        found = datasets.load_from_disk(rows.where)
    except Exception as error:
        raise DatasetError(f"{rows.where}: the library datasets can't load it: {error}") from error
    if len(found) != rows.count or SavedRows(rows.where).stamp != rows.stamp:
        raise DatasetError(f"{rows.where} has changed since it was listed")
    return found
