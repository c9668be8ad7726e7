"""Datasets of Hugging Face: folders of ``save_to_disk``, and in Python ``datasets.Dataset`` objects.

A folder that holds ``state.json`` and ``dataset_info.json`` needs no option. Of one with several splits,
``dataset_dict.json``, say which: ``huggingface:FOLDER,split=train``. It is read without the library `datasets`, by the
extra ``parquet``. What ``load_dataset`` reads from Parquet files is the source ``parquet``'s.

Images are the bytes of files, as they are stored, in the column that is an Image; ``image`` says which, where there are
several. A row may instead name a file of this machine, by its absolute path. Samples are named by the paths that the
column holds, without the folder that absolute ones have in common, if each row has one of its own; else by the number
of the row, from 0; or by ``column``. Every row is a sample, in the order of the rows.

Columns of numbers, text and dates are metadata under their names, ClassLabels with the names of the classes.
ClassLabels and lists of them are also classification tasks, and objects, ``{"bbox": ..., "category": ...}``, are
detection tasks, called like their columns. Boxes are taken for x, y, width and height if one of them can't be two
corners; else ``boxes`` says which. A config that names a column of another kind is told what that is.

Images are read where they lie, one at a time. What a file that was cut off still holds is used. An image is known again
by size and time of its file, and its position.

In Python, ``Dataset.open(dataset)`` takes a ``datasets.Dataset``, or a ``DatasetDict`` with ``split=``, as it is. Its
images are measured in this process, and stored under the fingerprint that `datasets` gives it. For worker processes,
save it to disk.

``dataset.to_huggingface(selection)`` is what was selected as a ``datasets.Dataset``, with all its columns, in the order
picked; of a folder, too, by the library (the extra ``huggingface``). It takes names of samples as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tamis import Failure, Images, Listing, Params, Source, hookimpl
from tamis_plugins.huggingface.back import NAME as HUGGINGFACE
from tamis_plugins.huggingface.back import rows_back
from tamis_plugins.huggingface.features import columns_of
from tamis_plugins.huggingface.images import LoadedImages, SavedImages
from tamis_plugins.huggingface.labels import BOXES, RowLabels
from tamis_plugins.huggingface.loaded import LoadedRows, dataset_of, is_loaded
from tamis_plugins.huggingface.rows import names_of
from tamis_plugins.huggingface.saved import SavedRows, folder_of, is_saved, positions_of
from tamis_plugins.huggingface.table import RowTable
from tamis_plugins.parquet_rows.columns import Columns, without_images
from tamis_plugins.parquet_rows.table import NAME
from tamis_plugins.tables.metadata import TableMetadata


def list_rows(location: Any, options: Params) -> Listing:
    """Read the features, and the names."""
    split = options.get("split")
    rows = _saved(location, split) if isinstance(location, str) else LoadedRows(dataset_of(location, split))
    columns = columns_of(rows.schema, rows.features, rows.where, options.get("image"), options.get("column"))
    names = _names(rows, columns)
    table = RowTable(rows, columns, names)
    return Listing(
        names,
        _images(rows, columns, names),
        imageless=without_images(rows.schema, rows.where) if columns.image is None else "",
        failures=[Failure(Path(path).name, "list", None, problem) for path, problem in rows.problems.items()],
        parts=rows.parts,
        annotations=[TableMetadata(table, NAME), RowLabels(rows, names, options.get("boxes"))],
        conversions={HUGGINGFACE: rows_back(rows, names)},
    )


def _saved(location: str, split: str | None) -> SavedRows:
    return SavedRows(str(Path(folder_of(location, split)).absolute()))


def _names(rows: SavedRows | LoadedRows, columns: Columns) -> tuple[str, ...]:
    if columns.image is None or isinstance(rows, LoadedRows):
        return names_of(rows, columns)
    return tuple(positions_of(rows.where, columns, rows.stamp).rows)  # which opening the first image needs as well


def _images(rows: SavedRows | LoadedRows, columns: Columns, names: tuple[str, ...]) -> Images | None:
    if columns.image is None:
        return None
    if isinstance(rows, SavedRows):
        return SavedImages(rows.where, columns, rows.stamp)
    return LoadedImages(rows.images(columns), {name: row for row, name in enumerate(names)}, rows.stamp)


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare huggingface."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "split": {**text, "description": "Which of several splits."},
            "image": {**text, "description": "The column of images."},
            "column": {**text, "description": "The column of the samples' names."},
            "boxes": {"enum": list(BOXES), "description": "How the boxes of objects are written."},
        }
    }
    return [Source("huggingface", list_rows, recognizes=is_saved, takes=is_loaded, schema=schema, doc=__doc__ or "")]
