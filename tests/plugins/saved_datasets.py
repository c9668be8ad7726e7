"""Folders as ``save_to_disk`` writes them: for tests that need no `datasets`; one that has it compares the two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def images_of(files: Sequence[Path]) -> Any:
    """A column with the bytes and the names of files."""
    return pa.array([{"bytes": path.read_bytes(), "path": path.name} for path in files], IMAGE)


def save(
    folder: Path, columns: dict[str, Any], features: dict[str, Any], *, files: int = 1, batch: int = 1000
) -> list[Path]:
    """A dataset in so many files, in batches of so many rows. Features of columns that have none are left to Arrow."""
    folder.mkdir(parents=True)
    table = pa.table(columns)
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    size = -(-len(table) // files)
    paths = [folder / f"data-{number:05}-of-{files:05}.arrow" for number in range(files)]
    for number, path in enumerate(paths):
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.slice(number * size, size), max_chunksize=batch)
    listed = [{"filename": path.name} for path in paths]
    unused = dict.fromkeys(("_format_columns", "_format_type", "_split"))
    state = {"_data_files": listed, "_fingerprint": "0", "_format_kwargs": {}, "_output_all_columns": False, **unused}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))
    return paths
