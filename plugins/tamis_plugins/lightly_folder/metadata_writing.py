"""Writing ``.lightly/metadata``: a schema, and a JSON file for each sample."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tamis import Column, Kind, Table
from tamis.errors import OutputError
from tamis_plugins.lightly_folder.sidecar import collisions, sidecar_path

#: The object that the values are in: keys under ``lightly`` are Lightly's own.
VALUES = "values"


def write_metadata(lightly: Path, table: Table) -> None:
    """Write the numbers and categories of a table below ``<lightly>/.lightly/metadata``, a new folder.

    Raises:
        OutputError: two samples would share a file.
        OSError: something can't be written.
    """
    if shared := collisions(table.samples):
        raise OutputError(next(iter(shared.values())))
    folder = lightly / ".lightly" / "metadata"
    columns = {name: column for name, column in table.columns.items() if column.kind in (Kind.SCALAR, Kind.CATEGORY)}
    keys = _keys(list(columns))
    schema = [
        {"name": name, "path": f"{VALUES}.{keys[name]}", "defaultValue": None, "valueDataType": _type(column)}
        for name, column in columns.items()
    ]
    _write(folder / "schema.json", schema)
    for row in table.rows():
        values = {keys[name]: row[name] for name in columns if row[name] is not None}
        content = {"file_name": row["sample"], "type": "image", "metadata": {VALUES: values}}
        _write(folder / sidecar_path(row["sample"]), content)


def _keys(names: list[str]) -> dict[str, str]:
    """Names without what a path is made of; of two that are then one, the later has a number."""
    keys: dict[str, str] = {}
    for name in names:
        key = base = re.sub(r"[.\[\]]", "_", name) or "_"
        number = 1
        while key in keys.values():
            number += 1
            key = f"{base}_{number}"
        keys[name] = key
    return keys


def _type(column: Column) -> str:
    if column.kind is Kind.CATEGORY:
        return "CATEGORICAL_STRING"
    return "NUMERIC_FLOAT" if column.values.dtype.kind == "f" else "NUMERIC_INT"


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
