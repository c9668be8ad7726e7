"""The folder of a selection's results.

An old ``selection.json`` is removed before the first file, and the new one put there last: a folder that holds one
holds a whole result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tamis.data.failure import Failure
from tamis.data.names import name_lines
from tamis.data.table import Table, check_suffix
from tamis.errors import MissingDependencyError, OutputError
from tamis.workspaces import recover
from tamis.writing import check_replaceable, check_writable, complaining, error_lines, replacing, to_json

SELECTED, ERRORS, MANIFEST = "selected.txt", "errors.jsonl", "selection.json"
#: What ``select --report`` adds: of another selection, it must not stay.
REPORT = "report.html", "report.json"
#: The names of the tables without their suffix, and which suffixes there are.
TABLES = INPUTS, STANDINGS = "inputs", "standings"
FORMATS = ".parquet", ".csv"
#: All that may be in a result.
FILES = (MANIFEST, SELECTED, ERRORS, *(f"{table}{suffix}" for table in TABLES for suffix in FORMATS))


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise `OutputError` if a result can't, or mustn't, be written to this folder; writes nothing."""
    with complaining(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"the output folder {str(folder)!r} is a file")
        recover(folder)  # as what a killed run was about to put there counts
        check_writable(folder)
        if (folder / MANIFEST).is_file() and not force:
            raise OutputError(f"{str(folder)!r} already holds a result: use --force to replace it")
        for name in (*FILES, *REPORT):
            check_replaceable(folder / name, force=force)


def check_apart(target: str, folder: Path) -> None:
    """Raise `OutputError` if what is written to ``target`` would replace the result in a folder; a report may be."""
    path, folder = Path(target).resolve(), folder.resolve()
    if folder.is_relative_to(path) or (path.parent == folder and path.name in FILES):
        relation = "is" if path == folder else "is of" if path.parent == folder else "holds"
        raise OutputError(f"{target!r} {relation} the result that is exported: choose another target")


def write_files(
    folder: Path,
    *,
    force: bool,
    selected: Iterable[str],
    inputs: Table,
    standings: Table,
    failures: Iterable[Failure],
    manifest: Mapping[str, Any],
) -> None:
    """Write ``selected.txt``, ``inputs.parquet``, ``standings.parquet``, ``errors.jsonl`` and ``selection.json``.

    The tables are ``.csv`` files without pyarrow. Whether a result may be replaced is looked at just before it is, as
    another run may have written one meanwhile.

    Raises:
        OutputError: something can't, or mustn't, be written.
    """
    suffix, other = FORMATS
    try:
        check_suffix(suffix)
    except MissingDependencyError:
        suffix, other = other, suffix
    gone = (MANIFEST, *REPORT, *(table + other for table in TABLES))
    with replacing(folder, gone, lambda: check_folder(folder, force=force)) as write:
        write(SELECTED, lambda file: file.writelines(name_lines(selected)))
        write(INPUTS + suffix, lambda file: inputs.write(file, suffix))
        write(STANDINGS + suffix, lambda file: standings.write(file, suffix))
        write(ERRORS, lambda file: file.writelines(error_lines(failures)))
        write(MANIFEST, lambda file: file.write(to_json(manifest).encode("utf-8", "backslashreplace")))
