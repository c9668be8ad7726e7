"""``tamis.Subject``: what a page is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.names import texts_of
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError, TamisError
from tamis.results.exporting import describe
from tamis.results.finding import Finding
from tamis.results.remaking import predictions_again
from tamis.results.sections import MadeSection, make_sections, named_sections
from tamis.results.selection import OF_VECTORS, Selection
from tamis.results.sets import INPUT, Rows, sets_of

T = TypeVar("T")

#: What the vectors of a dataset are called, as they come from no input that has a name.
VECTORS = "vectors"


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Subject:
    """What a page is about: a dataset, what is known of its samples, and what was selected of it, if anything was.

    `of_selection` and `of_dataset` make one.

    Attributes:
        samples: The names of the n samples, as texts: bytes that are none are spelled out.
        columns: Values by name, with a row for each sample: numbers, categories, distributions and vectors. Of a
            selection, what its strategies used and computed.
        sets: Rows of samples, ascending, by the name of a set. ``input`` is there always: all that could have been
            selected. Of a selection, so are ``selected`` and ``random``, a random choice of as many samples, always
            the same one; and if anything was preselected, ``preselected`` and ``together``, which is that and what is
            selected.
        predictions: Of the tasks that are known.
        findings: What was found to be wrong with samples.
        failures: What went wrong with single samples.
        selection: What was selected, and why; None if the page is about a dataset alone.
        dataset: Where the samples are from; None if it can't be had.
        notes: What is lacking and why, a sentence each.
        rows: The row of each sample by its name.
    """

    samples: tuple[str, ...]
    columns: Mapping[str, Column]
    sets: Mapping[str, Rows]
    predictions: tuple[Predictions, ...] = ()
    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()
    selection: Selection | None = None
    dataset: Dataset | None = None
    notes: tuple[str, ...] = ()
    rows: Mapping[str, int] = attrs.field(
        default=attrs.Factory(lambda self: _rows(self.samples), takes_self=True), repr=False
    )
    _shared: dict[Callable[..., Any], Any] = attrs.field(factory=dict, init=False)

    @classmethod
    def of_selection(cls, selection: Selection) -> Subject:
        """A selection, fresh from a run or read back. The dataset of one read back is opened again, if it can be."""
        notes: list[str] = []
        try:
            dataset: Dataset | None = selection.dataset
        except DatasetError as error:
            dataset = None
            notes.append(f"There are no pictures: {error}.")
        manifest = selection._facts
        inputs, table = dict(selection.inputs()), selection._table.columns
        recorded = [name for named in manifest["values"].values() for name in named.values() if name in table]
        predictions = list(selection.predictions)
        missing = [name for name in manifest["predictions"] if name not in {each.schema.name for each in predictions}]
        if missing and dataset is not None:
            more, reasons = predictions_again(dataset, missing)
            predictions += more
            notes += [f"There are no classes of a task: {reason}." for reason in reasons]
        lacking = dict.fromkeys(name for name in manifest["columns"].values() if name not in inputs)
        for name in [name for name in lacking if name in (manifest["embeddings"] or {}).get("subjects", {})]:
            del lacking[name]
            try:
                inputs[name], changed = selection._vectors(name)
            except TamisError as error:
                notes.append(f"There is no map of {name}: {error}.")
            else:
                notes += [f"The map of {name} is not that of the run: {changed}."] if changed else []
        if lacking:
            notes.append(
                f"The result folder does not hold these inputs: {', '.join(lacking)}. A report that the run itself "
                "writes (tamis select --report) has all of them."
            )
        samples = texts_of(selection.samples)
        rows = selection._places if samples is selection.samples else _rows(samples)
        return cls(
            samples=samples,
            columns=_with_vectors({**inputs, **{name: table[name] for name in recorded}}, dataset),
            sets=sets_of(selection, manifest["preselected"], rows),
            rows=rows,
            predictions=tuple(predictions),
            failures=selection.failures,
            selection=selection,
            dataset=dataset,
            notes=tuple(notes),
        )

    @classmethod
    def of_dataset(
        cls,
        dataset: Dataset,
        table: Table | None = None,
        *,
        vectors: Column | None = None,
        predictions: Sequence[Predictions] = (),
        findings: Sequence[Finding] = (),
        notes: Sequence[str] = (),
    ) -> Subject:
        """A dataset of which nothing was selected.

        Args:
            dataset: Its pictures are made from it.
            table: What was measured, a row for each of its samples in their order, and what failed.
            vectors: Those of its samples or objects; by default the dataset's own, if it has some.
            predictions: Of its tasks.
            findings: What was found to be wrong with samples, the worst first.
            notes: What is lacking and why, a sentence each.

        Raises:
            ValueError: the table, the vectors or predictions are not those of the dataset's samples.
        """
        columns = dict(table.columns) if table is not None else {}
        if vectors is not None:
            columns[vectors.name] = vectors
        if table is not None and table.samples != dataset.samples:
            raise ValueError("the table has other samples than the dataset, or in another order")
        for name, column in columns.items():
            if len(column) != len(dataset):
                raise ValueError(f"column {name!r} has {len(column)} rows, and the dataset {len(dataset)} samples")
        for each in predictions:
            if len(each) != len(dataset):
                raise ValueError(
                    f"task {each.schema.name!r} is of {len(each)} samples, and the dataset has {len(dataset)}"
                )
        return cls(
            samples=texts_of(dataset.samples),
            columns=_with_vectors(columns, dataset),
            sets={INPUT: np.arange(len(dataset))},
            predictions=tuple(predictions),
            findings=tuple(findings),
            failures=table.failures if table is not None else dataset.failures,
            dataset=dataset,
            notes=tuple(notes),
        )

    @cached_property
    def picked(self) -> Rows:
        """Rows of the selected samples, in the order picked; none if nothing was selected."""
        return self.selection.rows if self.selection else np.zeros(0, dtype=np.intp)

    def once(self, function: Callable[[Subject], T]) -> T:
        """What a function of a module makes of this subject: made when first asked for, and shared by all sections."""
        if function not in self._shared:
            self._shared[function] = function(self)
        found: T = self._shared[function]
        return found

    def make_sections(
        self,
        chosen: Sequence[str | Mapping[str, Any]] | None = None,
        *,
        without: Iterable[str] = (),
        also: Sequence[str | Mapping[str, Any]] = (),
        registry: Registry | None = None,
    ) -> tuple[MadeSection, ...]:
        """What the installed sections show of it. One that fails is there with its problem, and costs no other.

        Args:
            chosen: Which, in this order: ``NAME``, ``NAME:OPTION=VALUE,...``, or an object with ``type`` and options.
                By default all that are usual, by their positions.
            without: Names of those to leave out.
            also: Those to have beside the usual ones, or usual ones with other options, each as in ``chosen``.
            registry: The plugins; by default all that are installed.

        Raises:
            ConfigError: there is no such section, or its options are wrong.
        """
        return make_sections(self, chosen, tuple(without), also, registry or Registry())

    @staticmethod
    def check_sections(
        chosen: Sequence[str | Mapping[str, Any]] | None = None,
        *,
        without: Iterable[str] = (),
        also: Sequence[str | Mapping[str, Any]] = (),
        registry: Registry | None = None,
    ) -> None:
        """Raise the `ConfigError` that `make_sections` would raise about these; makes nothing."""
        named_sections(chosen, without, also, registry or Registry())

    def export(
        self, format: str, target: str | os.PathLike[str], *, registry: Registry | None = None, **options: Any
    ) -> tuple[str, ...]:
        """Write what is known of it in the form of an export that describes subjects, such as ``report``.

        Args:
            format: The name of the export.
            target: Where to write, such as a path.
            registry: The plugins; by default all that are installed.
            options: Options of the export.

        Returns:
            Notes for the user.

        Raises:
            ConfigError: there is no such export, it takes selections only, or its options are wrong.
            OutputError: the target can't be written to, or holds something that would be replaced.
            PluginError: the export can't be used.
        """
        return describe(self, format, os.fspath(target), options, registry or Registry())


def _rows(samples: Sequence[str]) -> dict[str, int]:
    """The row of each."""
    return dict(zip(samples, range(len(samples)), strict=True))


def _with_vectors(columns: dict[str, Column], dataset: Dataset | None) -> dict[str, Column]:
    """With the dataset's own vectors, if there are no others."""
    known = any(column.kind in OF_VECTORS for column in columns.values())
    if dataset is not None and dataset.vectors is not None and not known:
        columns[VECTORS] = Column(VECTORS, Kind.VECTOR, dataset.vectors)
    return columns
