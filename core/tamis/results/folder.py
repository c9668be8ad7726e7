"""A folder of results, of whichever kind.

An old manifest is removed before the first file, and the new one put there last: a folder that holds one holds a whole
result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tamis.data.failure import Failure
from tamis.data.names import name_lines
from tamis.data.table import Table, check_suffix
from tamis.errors import MissingDependencyError, OutputError
from tamis.workspaces import recover
from tamis.writing import FORCE, check_replaceable, check_writable, complaining, error_lines, replacing, to_json

ERRORS = "errors.jsonl"
#: What may be made of a result: of another one, it must not stay.
REPORT = "report.html", "report.json"
#: The suffixes that tables have.
FORMATS = ".parquet", ".csv"


@attrs.frozen
class ResultFolder:
    """What a folder of one kind of result holds, beside ``errors.jsonl``.

    Attributes:
        manifest: The name of its manifest.
        names: The name of its list of samples.
        tables: The names of its tables without their suffix.
        others: What kind of result another manifest is of, by its name: it isn't written over.
    """

    manifest: str
    names: str
    tables: tuple[str, ...]
    others: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)

    @property
    def files(self) -> tuple[str, ...]:
        """All that may be in a result."""
        tables = (f"{table}{suffix}" for table in self.tables for suffix in FORMATS)
        return (self.manifest, self.names, ERRORS, *tables)

    def check(self, folder: Path, *, force: bool) -> None:
        """Raise `OutputError` if a result can't, or mustn't, be written to this folder; writes nothing."""
        with complaining(folder):
            if folder.exists() and not folder.is_dir():
                raise OutputError(f"the output folder {str(folder)!r} is a file")
            recover(folder)  # as what a killed run was about to put there counts
            check_writable(folder)
            for manifest, kind in self.others.items():
                if (folder / manifest).is_file():
                    raise OutputError(f"{str(folder)!r} holds the result of {kind}: name another folder")
            if (folder / self.manifest).is_file() and not force:
                raise OutputError(f"{str(folder)!r} already holds a result: {FORCE}")
            for name in (*self.files, *REPORT):
                check_replaceable(folder / name, force=force)

    def write(
        self,
        folder: Path,
        *,
        force: bool,
        names: Iterable[str],
        tables: Iterable[Table],
        failures: Iterable[Failure],
        manifest: Mapping[str, Any],
    ) -> None:
        """Write all files of a result. The tables, one for each name, are ``.csv`` files without pyarrow.

        Whether a result may be replaced is looked at just before it is, as another run may have written one meanwhile.

        Raises:
            OutputError: something can't, or mustn't, be written.
        """
        suffix, other = FORMATS
        try:
            check_suffix(suffix)
        except MissingDependencyError:
            suffix, other = other, suffix
        gone = (self.manifest, *REPORT, *(table + other for table in self.tables))
        with replacing(folder, gone, lambda: self.check(folder, force=force)) as write:
            write(self.names, lambda file: file.writelines(name_lines(names)))
            for name, table in zip(self.tables, tables, strict=True):
                write(name + suffix, lambda file, table=table: table.write(file, suffix))  # type: ignore[misc]
            write(ERRORS, lambda file: file.writelines(error_lines(failures)))
            write(self.manifest, lambda file: file.write(to_json(manifest).encode("utf-8", "backslashreplace")))
