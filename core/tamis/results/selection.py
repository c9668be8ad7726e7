"""``tamis.Selection``: what was selected, and why it is what it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.dataset.reopening import reopened
from tamis.discovery.registry import Registry
from tamis.results.explaining import Record
from tamis.results.exporting import export
from tamis.results.files import check_folder, write_files
from tamis.results.reading import read_result


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Selection:
    """What was selected, in which order, and what became of every other sample.

    It comes from `tamis.select`, or is read back from the folder that one was written to.

    Attributes:
        selected: Names of the selected samples, in the order picked.
        failures: What went wrong with single samples.
        columns: The input of each of the config's strategies, in its order. Of a selection that was read back, those
            that its table holds: numbers and categories.
        predictions: Those of every task that an input read; none of a selection that was read back.
        outlook: Those of `notes` that were known before the first pick.
    """

    selected: tuple[str, ...]
    failures: tuple[Failure, ...]
    columns: tuple[Column, ...]
    predictions: tuple[Predictions, ...] = ()
    outlook: tuple[str, ...] = ()
    _dataset: Callable[[], Dataset]
    _samples: tuple[str, ...]
    _manifest: Callable[[], dict[str, Any]]
    _standings: Callable[[], Table]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.selected)} from {len(self._samples)} samples: {self.stopped}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Selection can't be pickled or copied: write() it to a folder, or send its `manifest()`")

    @cached_property
    def dataset(self) -> Dataset:
        """What was selected from. Of a selection that was read back, it is opened when it is first asked for.

        Raises:
            DatasetError: it isn't where it was, or was in memory.
        """
        return self._dataset()

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of all samples that could have been selected, in dataset order."""
        return self._samples

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The rank of each selected sample; 1 was picked first."""
        return {sample: rank for rank, sample in enumerate(self.selected, start=1)}

    @property
    def config(self) -> Mapping[str, Any]:
        """The config as run: canonical names, defaults filled in."""
        config: Mapping[str, Any] = self._facts["config"]
        return config

    @property
    def stopped(self) -> str:
        """Why there are no more picks."""
        return str(self._facts["stopped"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the outcome."""
        return tuple(self._facts["notes"])

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return self._manifest()

    def manifest(self) -> dict[str, Any]:
        """Everything about the run as JSON data: the content of ``selection.json``."""
        return self._manifest()

    def inputs(self) -> Mapping[str, Column]:
        """The columns of all inputs by name; where two share a name and differ, the later gets its path too."""
        return self._inputs

    @cached_property
    def _inputs(self) -> dict[str, Column]:
        return inputs_by_name(self.columns)

    def table(self) -> Table:
        """A row for each sample: every scalar and categorical input, ``selected`` (0 or 1) and ``rank``."""
        ranks = np.array([self.ranks.get(name, 0) for name in self._samples], dtype=np.int64)
        columns = {name: c for name, c in self._inputs.items() if c.kind in (Kind.SCALAR, Kind.CATEGORY)}
        columns["selected"] = Column("is selected", Kind.SCALAR, (ranks > 0).astype(np.int64))
        columns["rank"] = Column("rank of pick", Kind.SCALAR, ranks, valid=ranks > 0)
        return Table(self._samples, columns, self.failures)

    def standings(self) -> Table:
        """A row for each sample that could have been selected and was not, and how it stood in the end.

        ``<path>.removed`` is 1 if that filter removed it; what follows is of the others. ``in_line`` is about its place
        for the next pick; ``<path>.objective`` an upper bound of what that strategy's objective would be with it,
        ``<path>.nearest`` and ``<path>.distance`` a selected sample close to it and how far that is: there may be
        closer ones to samples that could be told to lose without looking. ``refused`` is the path of a strategy that
        doesn't let it be picked; it has no place then.
        """
        return self._standing

    @cached_property
    def _standing(self) -> Table:
        return self._standings()

    def explain(self, sample: str) -> str:
        """Why this sample was, or was not, selected, in a few lines.

        Raises:
            KeyError: the dataset has no such sample.
        """
        failed = [str(failure) for failure in self.failures if failure.sample == sample]
        values = self._table.row(sample)
        if not values and not failed:
            raise KeyError(f"the dataset has no sample {sample!r}")
        return Record(self._facts, values, self._standing.row(sample), failed).explain(sample)

    @cached_property
    def _table(self) -> Table:
        return self.table()

    def write(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``selected.txt``, ``selection.json`` and the tables to a folder, whole or not at all.

        Args:
            folder: Made if need be.
            force: Whether to replace a result that is there already.

        Raises:
            OutputError: it can't, or mustn't, be written.
        """
        check_folder(Path(folder), force=force)
        write_files(
            Path(folder),
            selected=self.selected,
            inputs=self.table(),
            standings=self.standings(),
            failures=self.failures,
            manifest=self.manifest(),
        )

    @classmethod
    def read(
        cls,
        folder: str | os.PathLike[str],
        *,
        dataset: Dataset | None = None,
        registry: Registry | None = None,
    ) -> Selection:
        """A selection that was written to a folder.

        Args:
            folder: Where `write`, or ``tamis select -o``, has put it.
            dataset: What was selected from, if it isn't where it was, or was in memory.
            registry: The plugins that open it again; by default all that are installed.

        Raises:
            OutputError: the folder holds no whole result, or a file of it can't be read.
            MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
        """
        found = read_result(Path(folder))

        def opened() -> Dataset:
            if dataset is not None:
                return dataset
            return reopened(found.manifest.get("dataset", {}), found.samples, registry or Registry())

        return cls(
            selected=found.selected,
            failures=found.failures,
            columns=found.columns,
            dataset=opened,
            samples=found.samples,
            manifest=lambda: found.manifest,
            standings=found.standings,
        )

    def export(
        self, format: str, target: str | os.PathLike[str], *, registry: Registry | None = None, **options: Any
    ) -> tuple[str, ...]:
        """Carry the selection to where it is needed, in an installed format such as ``files``.

        Args:
            format: The name of the export.
            target: Where to, such as a path.
            registry: The plugins; by default all that are installed.
            options: The export's.

        Returns:
            Notes for the user.

        Raises:
            ConfigError: there is no such export, or its options are wrong.
            OutputError: it can't, or mustn't, be written there.
            DatasetError: the dataset that it needs can't be opened.
        """
        return export(self, format, os.fspath(target), options, registry or Registry())


def inputs_by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    """The columns of a config's strategies by name; where two share a name and differ, the later gets its path too."""
    named: dict[str, Column] = {}
    for number, column in enumerate(columns):
        if not named.setdefault(column.name, column).equals(column):
            named[f"{column.name}#strategies[{number}]"] = column
    return named
