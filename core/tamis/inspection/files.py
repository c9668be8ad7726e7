"""The folder of an inspection's results.

An old ``inspection.json`` is removed before the first file, and the new one put there last: a folder that holds one
holds a whole result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tamis.data.names import name_lines
from tamis.data.table import Table, check_suffix
from tamis.errors import MissingDependencyError, OutputError
from tamis.results.files import ERRORS, FORMATS, REPORT
from tamis.results.files import MANIFEST as SELECTION
from tamis.workspaces import recover
from tamis.writing import check_replaceable, check_writable, complaining, error_lines, replacing, to_json

FLAGGED, MANIFEST = "flagged.txt", "inspection.json"
#: The names of the tables without their suffix.
TABLES = ISSUES, VALUES = "issues", "values"
#: All that may be in a result.
FILES = (MANIFEST, FLAGGED, ERRORS, *(f"{table}{suffix}" for table in TABLES for suffix in FORMATS))


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise `OutputError` if a result can't, or mustn't, be written to this folder; writes nothing."""
    with complaining(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"the output folder {str(folder)!r} is a file")
        recover(folder)  # as what a killed run was about to put there counts
        check_writable(folder)
        if (folder / SELECTION).is_file():
            raise OutputError(f"{str(folder)!r} holds the result of a selection: name another folder")
        if (folder / MANIFEST).is_file() and not force:
            raise OutputError(f"{str(folder)!r} already holds a result: use --force to replace it")
        for name in (*FILES, *REPORT):
            check_replaceable(folder / name, force=force)


def write_files(
    folder: Path,
    *,
    force: bool,
    flagged: Iterable[str],
    issues: Table,
    values: Table,
    manifest: Mapping[str, Any],
) -> None:
    """Write all files of a result but its report, which, if it is of another result, is removed.

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
        write(FLAGGED, lambda file: file.writelines(name_lines(flagged)))
        write(ISSUES + suffix, lambda file: issues.write(file, suffix))
        write(VALUES + suffix, lambda file: values.write(file, suffix))
        write(ERRORS, lambda file: file.writelines(error_lines(values.failures)))
        write(MANIFEST, lambda file: file.write(to_json(manifest).encode("utf-8", "backslashreplace")))
