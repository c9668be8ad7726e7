"""Other datasets that a run refers to, by their ids."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tamis.dataset.dataset import Dataset
from tamis.errors import DatasetError


def read_catalogue(path: str | os.PathLike[str]) -> dict[str, Dataset]:
    """The datasets of a ``datasets.json``: an object with a folder for each id.

    A folder is a string, or ``{"input": DIR, "lightly": DIR}``, relative to the file.

    Raises:
        DatasetError: the file can't be read or has another form, or a folder can't be used.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(f"{path}: can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: not an object with a folder for each dataset id")
    return {id_: _opened(id_, _folders(path, id_, entry)) for id_, entry in content.items()}


def catalogue_of(items: Iterable[str]) -> dict[str, Dataset]:
    """The datasets of ``ID=DIR`` texts.

    Raises:
        DatasetError: a text has another form, an id is there twice, or a folder can't be used.
    """
    datasets: dict[str, Dataset] = {}
    for item in items:
        id_, separator, folder = item.partition("=")
        if not (id_ and separator and folder):
            raise DatasetError(f"{item!r} is not ID=DIR")
        if id_ in datasets:
            raise DatasetError(f"two datasets have the id {id_!r}")
        datasets[id_] = _opened(id_, {"directory": Path(folder)})
    return datasets


def _folders(path: Path, id_: str, entry: Any) -> Mapping[str, Path]:
    if isinstance(entry, str):
        return {"directory": path.parent / entry}
    if not isinstance(entry, dict) or not {"input"} <= entry.keys() <= {"input", "lightly"}:
        raise DatasetError(f"{path}: {id_!r} is neither a folder nor an object with 'input' and, if need be, 'lightly'")
    if not all(isinstance(folder, str) for folder in entry.values()):
        raise DatasetError(f"{path}: {id_!r} has a folder that is no text")
    names = {"input": "directory", "lightly": "lightly"}
    return {names[name]: path.parent / folder for name, folder in entry.items()}


def _opened(id_: str, folders: Mapping[str, Path]) -> Dataset:
    try:
        return Dataset.from_directory(folders["directory"], lightly=folders.get("lightly"))
    except DatasetError as error:
        raise DatasetError(f"dataset {id_!r}: {error}") from error
