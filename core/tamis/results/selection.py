"""``tamis.Selection``: what was selected, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any, NoReturn

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.dataset.reopening import reopened
from tamis.discovery.registry import Registry
from tamis.embedding.recalling import vectors_again
from tamis.results.explaining import Picks, Row, explanation, picks_of
from tamis.results.exporting import export
from tamis.results.files import SELECTION
from tamis.results.reading import read_result, reading
from tamis.results.sentences import sentences
from tamis.store.store import Store

#: Kinds of columns that no table holds.
OF_VECTORS = (Kind.VECTOR, Kind.VECTORS, Kind.QUERY)


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Selection:
    """What was selected, in which order, and why the other samples were not.

    `tamis.select` returns one, `write` writes it to a folder, and `read` reads it from there.

    Attributes:
        selected: The names of the selected samples, in the order picked.
        failures: What went wrong with single samples.
        columns: The input of each of the config's strategies, in the config's order, with a row for each of `samples`.
            A selection that was read from a folder has those that are numbers, categories or distributions.
        predictions: The predictions of each task that an input used. A selection that was read from a folder has none.
        outlook: The `notes` that were known before the first pick.
    """

    selected: tuple[str, ...]
    failures: tuple[Failure, ...]
    columns: tuple[Column, ...]
    predictions: tuple[Predictions, ...] = ()
    outlook: tuple[str, ...] = ()
    _dataset: Callable[[], Dataset]
    _samples: tuple[str, ...]
    _recorded: Callable[[], Mapping[str, Column]]
    _times: Mapping[str, Any]
    _manifest: Callable[[], dict[str, Any]]
    _standings: Callable[[], Table]
    _folder: Path | None = None
    _recalled: Callable[[str], tuple[Column, str]] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.selected)} from {len(self._samples)} samples: {self.stopped}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Selection can't be pickled or copied: write() it to a folder, or send its `manifest()`")

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset that was selected from. After `read`, it is opened again when it is first asked for.

        Raises:
            DatasetError: after `read`: it is no longer where it was, has lost samples, or was in memory.
        """
        return self._dataset()

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of all samples of the dataset, in its order."""
        return self._samples

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The rank of each selected sample by name, from 1 for the first pick."""
        return {sample: rank for rank, sample in enumerate(self.selected, start=1)}

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """``(k,)``: where each selected sample is among `samples`, from 0, in the order picked; read-only.

        What has a row for each sample is cut down by it: ``vectors[selection.rows]``, ``frame.iloc[selection.rows]`` of
        pandas, ``frame[selection.rows]`` of polars, ``table.take(selection.rows)`` of Arrow, and
        ``dataset.select(selection.rows)`` of Hugging Face.
        """
        return self._rows_of(self.selected)

    @cached_property
    def standing_rows(self) -> npt.NDArray[np.int64]:
        """``(m,)``: where each sample of `standings` is among `samples`, from 0, in their order; read-only."""
        return self._rows_of(self._standing.samples)

    def _rows_of(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        rows = np.fromiter(map(self._places.__getitem__, names), np.int64, len(names))
        rows.flags.writeable = False
        return rows

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each sample is among `samples`."""
        return dict(zip(self._samples, range(len(self._samples)), strict=True))

    @cached_property
    def _standing_places(self) -> npt.NDArray[np.int64]:
        """``(n,)``: where each of `samples` is in `standings`; -1 if it isn't."""
        places = np.full(len(self._samples), -1)
        places[self.standing_rows] = np.arange(len(self.standing_rows))
        return places

    @property
    def config(self) -> Mapping[str, Any]:
        """The config as run, as JSON data: names in snake_case, defaults filled in."""
        config: Mapping[str, Any] = self._facts["config"]
        return config

    @property
    def stopped(self) -> str:
        """Why there are no more picks, in a sentence."""
        return str(self._facts["stopped"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the result, a sentence each."""
        return tuple(self._facts["notes"])

    @property
    def summaries(self) -> tuple[str, ...]:
        """A line for each strategy: what it has removed, or what the selection has reached of what it wants."""
        config, columns = self.config, self._facts["columns"]
        types = {f"strategies[{number}]": each["strategy"]["type"] for number, each in enumerate(config["strategies"])}
        return tuple(
            f"{types[path]} of {columns[path]} ({path}): {text}" for path, text in self._facts["summaries"].items()
        )

    def vectors(self, name: str) -> Column:
        """The vectors of an input, by the name of its column, such as ``EMBEDDINGS``; no image is opened.

        After `read`, they are had again from where they were found, such as a file, or from the store that the run has
        kept them in; samples that it doesn't have as they are now have none.

        Raises:
            KeyError: no input of the config has vectors of this name.
            TamisError: they can't be had again.
        """
        return self._vectors(name)[0]

    def _vectors(self, name: str) -> tuple[Column, str]:
        """The same, and which of them are lacking as their images have changed."""
        known = {column.name: column for column in self.columns if column.kind in OF_VECTORS}
        if name in known:
            return known[name], ""
        if self._recalled is None or name not in (self._facts["embeddings"] or {}).get("subjects", {}):
            raise KeyError(f"no input has vectors of the name {name!r}")
        return self._recalled(name)

    @property
    def times(self) -> Mapping[str, Any]:
        """When the run started, in UTC, and how many seconds it took, by part; empty if that isn't known."""
        return self._times

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return self._manifest()

    def manifest(self) -> dict[str, Any]:
        """Everything about the run as JSON data: the content of ``selection.json``.

        It is the same for the same config, data and plugins, but for `times`, which only files have that `write` is
        given a command for.
        """
        return self._manifest()

    def inputs(self) -> Mapping[str, Column]:
        """The columns of all inputs by name, with a row for each of `samples`.

        Where two inputs have one name and different values, the later is called ``NAME#strategies[i]``.
        """
        return self._inputs

    @cached_property
    def _inputs(self) -> dict[str, Column]:
        return inputs_by_name(self.columns)

    def table(self) -> Table:
        """A row for each sample: every number and category that a strategy used, ``selected`` (0 or 1) and ``rank``.

        A distribution has a column for each class (``<column>.<class>``). Objects have their number
        (``<column>.objects``). What a strategy computes of each sample follows its input, such as
        ``EMBEDDINGS.typicality``. Vectors are not in it.
        """
        found = map(self.ranks.get, self._samples, repeat(0))
        ranks = np.fromiter(found, np.int64, len(self._samples))
        columns = dict(self._recorded())
        columns["selected"] = Column("is selected", Kind.SCALAR, (ranks > 0).astype(np.int64))
        columns["rank"] = Column("rank of pick", Kind.SCALAR, ranks, valid=ranks > 0)
        return Table(self._samples, columns, self.failures)

    def standings(self) -> Table:
        """A row for each sample that could have been selected and was not: how it stood after the last pick.

        ``<path>`` is the place of a strategy in the config, such as ``strategies[0]``. The columns are:

        - ``<path>.removed``: 1 if this filter, such as a THRESHOLD, removed the sample. A sample that was removed has
          values in these columns only.
        - ``in_line``: its rank for the next pick, from 1.
        - ``refused``: the path of the strategy that rejected it; ``in_line`` is empty then.
        - ``<path>.objective``: the strategy's objective with this sample added.
        - ``<path>.nearest``, ``<path>.distance``: the nearest selected sample and its distance.
        - ``exact``: 0 where there were too many samples to look at each again. Objectives and distances are then upper
          bounds, and ranks follow from them.
        """
        return self._standing

    @cached_property
    def _standing(self) -> Table:
        return self._standings()

    def explain(self, sample: str) -> str:
        """Why this sample was, or was not, selected, in a few lines of text.

        Raises:
            KeyError: the dataset has no such sample.
        """
        facts = self.explanation(sample)
        with reading(self._folder) if self._folder else nullcontext():
            return sentences(facts)

    def explanation(self, sample: str) -> dict[str, Any]:
        """The facts behind `explain`, as JSON data.

        Raises:
            KeyError: the dataset has no such sample.
        """
        failed = [str(failure) for failure in self.failures if failure.sample == sample]
        place = self._places.get(sample)
        if place is None and not failed:
            raise KeyError(f"the dataset has no sample {sample!r}")
        with reading(self._folder) if self._folder else nullcontext():
            values = {} if place is None else self._table._row(place)
            stands = -1 if place is None else int(self._standing_places[place])
            standing = {} if stands < 0 else self._standing._row(stands)
            return explanation(self._facts, self._picks, Row(sample, values, standing, failed))

    @cached_property
    def _picks(self) -> Picks:
        return picks_of(self._facts)

    @cached_property
    def _table(self) -> Table:
        return self.table()

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        force: bool = False,
        command: Sequence[str] | None = None,
        store: Store | None = None,
    ) -> None:
        """Write the result to a folder, as ``tamis select -o`` does. All files are written, or none.

        They are ``selected.txt``, ``selection.json``, ``errors.jsonl``, and the tables ``inputs`` and ``standings``:
        Parquet files if pyarrow is installed, CSV files otherwise.

        Without a command, the same config, data and plugins give the same files, byte for byte.

        Args:
            folder: The folder; it is made if it doesn't exist.
            force: Whether to replace a result that is there already.
            command: The command line that the run was started by. ``selection.json`` then has it and `times`, under
                ``run``.
            store: With a command: the store that the run has kept its vectors in, for `vectors` after `read`.

        Raises:
            OutputError: the folder can't be written to, or holds a result.
        """
        SELECTION.check(Path(folder), force=force)
        SELECTION.write(
            Path(folder),
            force=force,
            names=self.selected,
            tables=(self.table(), self.standings()),
            failures=self.failures,
            manifest=self._manifest_of(command, store),
        )

    def _manifest_of(self, command: Sequence[str] | None, store: Store | None) -> dict[str, Any]:
        """With the command, the times and the store, if there is a command."""
        if command is None:
            return self.manifest()
        run: dict[str, Any] = {"command": list(command), **self._times}
        if store is not None:
            run["store"] = {"path": str(store.path.absolute()), "fingerprint": store.fingerprint}
        return {**self.manifest(), "run": run}

    @classmethod
    def read(
        cls,
        folder: str | os.PathLike[str],
        *,
        dataset: Dataset | None = None,
        registry: Registry | None = None,
        store: Store | str | os.PathLike[str] | None = None,
    ) -> Selection:
        """The selection that `write`, or ``tamis select -o``, has written to a folder.

        Args:
            folder: The folder.
            dataset: The dataset that was selected from. It is needed only if it was in memory, or has moved.
            registry: The plugins that open the dataset again; by default all that are installed.
            store: Where the run has kept its vectors; by default where its command has, see `vectors`.

        Raises:
            OutputError: the folder holds no whole result, or a file of it can't be read.
            MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
        """
        found = read_result(Path(folder))

        def opened() -> Dataset:
            if dataset is not None:
                return dataset
            return reopened(found.manifest.get("dataset", {}), found.samples, registry or Registry())

        def recalled(name: str) -> tuple[Column, str]:
            kept = Store.of(store) or found.store
            return vectors_again(selection.dataset, found.manifest["embeddings"], name, registry or Registry(), kept)

        selection = cls(
            selected=found.selected,
            failures=found.failures,
            columns=found.columns,
            dataset=opened,
            samples=found.samples,
            recorded=lambda: found.table,
            times={name: found.run[name] for name in found.run if name not in ("command", "store")},
            manifest=lambda: found.manifest,
            standings=found.standings,
            folder=Path(folder),
            recalled=recalled,
        )
        return selection

    def export(
        self, format: str, target: str | os.PathLike[str], *, registry: Registry | None = None, **options: Any
    ) -> tuple[str, ...]:
        """Write the selection in the form of an export, such as ``files``, which copies the selected images.

        Args:
            format: The name of the export.
            target: Where to write, such as a path.
            registry: The plugins; by default all that are installed.
            options: Options of the export, such as ``how="symlink"`` of ``files``.

        Returns:
            Notes for the user.

        Raises:
            ConfigError: there is no such export, or its options are wrong.
            OutputError: the target can't be written to, or holds something that would be replaced.
            DatasetError: the export needs the dataset, and it can't be opened.
            PluginError: the export can't be used.
        """
        return export(self, format, os.fspath(target), options, registry or Registry(), self._folder)


def inputs_by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    """The columns of a config's strategies by name; where two share a name and differ, the later gets its path too."""
    named: dict[str, Column] = {}
    for number, column in enumerate(columns):
        if not named.setdefault(column.name, column).equals(column):
            named[f"{column.name}#strategies[{number}]"] = column
    return named
