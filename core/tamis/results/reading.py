"""Reading back what a run has written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from tamis.data.column import RESERVED, Column
from tamis.data.failure import Failure
from tamis.data.names import read_names, text_of
from tamis.data.parts import from_classes
from tamis.data.plain_file import read_plain
from tamis.data.table import Table
from tamis.errors import DatasetError, OutputError
from tamis.results.explaining import Row
from tamis.results.files import INPUTS, MANIFEST, SELECTED, STANDINGS
from tamis.results.folder import ERRORS
from tamis.results.tables import MOST, WRONG, inside, read_table, rows_of
from tamis.store.store import Store
from tamis.workspaces import recover

#: What is read of a manifest, beside what all versions have.
KEYS = (
    *("lists", "columns", "classes", "values", "objectives", "levels", "summaries"),
    *("preselected", "excluded", "picks"),
)
#: What of it is a list; the rest are objects.
LISTS = ("picks", "preselected", "excluded")


def read_rows(folder: Path, samples: Sequence[str]) -> tuple[dict[str, Any], list[Row]]:
    """The manifest of the result in a folder, and what its tables hold of some samples; no more is read than that.

    Raises:
        OutputError: the folder holds no whole result, or a file of it can't be read.
        MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
    """
    with reading(folder):
        manifest = _manifest(folder)
        values, standings = (rows_of(folder, table, samples) for table in (INPUTS, STANDINGS))
        failed: dict[str, list[str]] = {sample: [] for sample in samples}
        for failure in _failures(folder):
            if failure.sample in failed:
                failed[failure.sample].append(str(failure))
    return manifest, [
        Row(sample, values.get(sample, {}), standings.get(sample, {}), failed[sample]) for sample in samples
    ]


@attrs.frozen(eq=False)
class Recorded:
    """A whole result, as it was written.

    Attributes:
        selected: Names of the selected samples, in the order picked.
        samples: Of all, as the table has them.
        columns: The inputs that the table has, in the order of the config.
        table: All columns of the table, but for those of every table.
        failures: What went wrong with single samples.
        manifest: The content of ``selection.json``.
        folder: Where it was read.
    """

    selected: tuple[str, ...]
    samples: tuple[str, ...]
    columns: tuple[Column, ...]
    table: dict[str, Column]
    failures: tuple[Failure, ...]
    manifest: dict[str, Any]
    folder: Path

    @property
    def run(self) -> dict[str, Any]:
        """What is recorded of the command; empty if nothing is."""
        run = self.manifest.get("run")
        return run if isinstance(run, dict) else {}

    @property
    def store(self) -> Store | None:
        """That of the run; None if it isn't known."""
        try:
            return Store(self.run["store"]["path"], fingerprint=self.run["store"]["fingerprint"])
        except (KeyError, TypeError, ValueError):
            return None

    def standings(self) -> Table:
        """The table of those that were not selected. Raises what `read_rows` raises."""
        with reading(self.folder):
            names, found = read_table(self.folder, STANDINGS)
        return Table(names, found)


def read_result(folder: Path) -> Recorded:
    """The result in a folder. Raises what `read_rows` raises."""
    with reading(folder):
        manifest = _manifest(folder)
        selected = read_names(folder / SELECTED)
        failures = tuple(_failures(folder))
        samples, columns = read_table(folder, INPUTS)
        spelled = {text_of(name): name for name in selected}  # as a string column has names that are no text
        samples = tuple(spelled.get(name, name) for name in samples)
        table = {name: column for name, column in columns.items() if name not in RESERVED}
        return Recorded(selected, samples, tuple(_inputs(manifest, table)), table, failures, manifest, folder)


def _inputs(manifest: dict[str, Any], table: dict[str, Column]) -> Iterator[Column]:
    """The input of each strategy that the table has: as a column, or as one for each of its classes."""
    for path, name in manifest["columns"].items():
        if name in table:
            yield table[name]
        elif classes := manifest["classes"].get(path):
            yield from_classes(name, {label: table[column] for label, column in classes.items()})


def _manifest(folder: Path) -> dict[str, Any]:
    with inside(MANIFEST):
        manifest: dict[str, Any] = json.loads(read_plain(folder / MANIFEST, MOST))
    if not isinstance(manifest, dict):
        raise ValueError(f"{MANIFEST} is no object")  # noqa: TRY004 (of a file)
    if lacking := [key for key in KEYS if key not in manifest]:
        raise ValueError(f"{MANIFEST} has no {lacking[0]!r}: tamis {manifest.get('tamis', '(unknown)')} wrote it")
    for key in KEYS:
        if not isinstance(manifest[key], list if key in LISTS else dict):
            raise ValueError(f"{MANIFEST}: {key} is no {'list' if key in LISTS else 'object'}")  # noqa: TRY004
    return manifest


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what is wrong with a file into an `OutputError`; what a killed run was about to put there is put there."""
    recover(folder)
    try:
        yield
    except FileNotFoundError as error:
        raise OutputError(f"{str(folder)!r} holds no result: there is no {Path(error.filename).name}") from None
    except (*WRONG, DatasetError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def read_picks(path: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names that a result has selected, and how to open the dataset that they are of; none of its tables is read.

    Args:
        path: The result's folder, or its ``selection.json``.

    Raises:
        OutputError: it is no whole result, or can't be read.
    """
    file = path / MANIFEST if path.is_dir() else path
    try:
        manifest = json.loads(read_plain(file, MOST))
        return tuple(pick["sample"] for pick in manifest["picks"]), manifest.get("dataset", {})
    except FileNotFoundError:
        raise OutputError(f"{str(path)!r} holds no result: there is no {MANIFEST}") from None
    except OSError as error:
        raise OutputError(f"{str(file)!r} can't be read: {error.strerror or error}") from error
    except WRONG as error:
        raise OutputError(f"{str(file)!r} is not what a selection has written: {error}") from error


def _failures(folder: Path) -> Iterator[Failure]:
    for number, line in enumerate(read_plain(folder / ERRORS, MOST).split(b"\n"), start=1):
        if line:
            with inside(f"{ERRORS}, line {number}"):
                found = json.loads(line)
                if not isinstance(found, dict) or set(found) != set(attrs.fields_dict(Failure)):
                    raise ValueError(f"it has not the {', '.join(attrs.fields_dict(Failure))} of a failure")
                yield Failure(**found)
