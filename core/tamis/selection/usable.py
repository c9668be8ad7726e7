"""Which samples can be selected: they take part, could be read, and have a value of every input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.errors import RunError
from tamis.measuring.results import Measurements
from tamis.selection.outcome import Removal
from tamis.selection.participants import Participants
from tamis.selection.sequences import Sequences

#: What comes of embedding.
POINTS = (Kind.VECTOR, Kind.VECTORS, Kind.QUERY)


@attrs.frozen(eq=False)
class Usable:
    """Those of a run, and what was picked of them before it.

    Attributes:
        columns: The input of each of the plan's entries, with the means of sequences.
        failures: What went wrong with single samples.
        excluded: Rows of samples that are masked where their vectors come from.
        sequences: What is picked: samples, or sequences of them.
        first: Of the samples or sequences that are preselected, the first row of each.
        lost: Rows of samples that are preselected, and can't be selected.
        free: ``(n,)`` bool: which samples can be selected and are not preselected, so that filters see them.
    """

    columns: tuple[Column, ...]
    failures: tuple[Failure, ...]
    excluded: Rows
    sequences: Sequences
    first: Rows
    lost: Rows
    free: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        columns: Sequence[Column],
        measured: Measurements,
        masked: Rows,
        lists: Participants,
        length: int,
        *,
        strict: bool,
    ) -> Usable:
        """Those of a dataset.

        Args:
            dataset: What is selected from.
            columns: The input of each of the plan's entries.
            measured: What was measured of the images.
            masked: Rows of samples that are masked where their vectors come from.
            lists: Which samples take part, and which are selected already.
            length: Of how many samples a sequence is.
            strict: Whether any sample that fails is an error.

        Raises:
            RunError: there are none; or any has failed, under ``strict``.
        """
        failures = (*dataset.failures, *measured.failures, *_unexplained(dataset, measured, columns, lists))
        if strict and failures:
            raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
        left = np.logical_and.reduce([lists.taking_part, measured.readable, *(column.valid for column in columns)])
        excluded = np.unique(masked[left[masked]])
        left[excluded] = False
        sequences = Sequences.of(dataset, length, left)
        failures = (*failures, *sequences.failures(dataset))
        if not len(sequences.starts):
            raise RunError(f"none of {len(lists.rows)} samples has a value of every input, such as {failures[0]}")
        left[sequences.apart] = False
        given = lists.preselected
        lost, first = given[~left[given]], sequences.starts_of(given[left[given]])
        left[sequences.samples(first)] = False
        averaged = tuple(sequences.averaged(column) for column in columns)
        return cls(averaged, failures, excluded, sequences, first, lost, left)

    @property
    def rows(self) -> Rows:
        """Those that can be selected, preselected ones among them."""
        return self.sequences.samples(self.sequences.starts)

    @property
    def preselected(self) -> Rows:
        """Those that are selected from the start."""
        return self.sequences.samples(self.first)

    def candidates(self, removals: Iterable[Removal]) -> Rows:
        """The first row of each sample or sequence that may be picked, once filters have removed some samples."""
        left = self.free.copy()
        for removal in removals:
            left[removal.rows] = False
        starts = self.sequences.starts
        candidates: Rows = starts[left[starts]]
        return candidates


def _unexplained(
    dataset: Dataset, measured: Measurements, columns: Sequence[Column], lists: Participants
) -> Iterator[Failure]:
    """Samples that an input has no value for, where that is not because measuring them has failed."""
    failed = {failure.sample for failure in measured.failures}
    told = set()
    for column in columns:
        is_measured = column.kind in POINTS or any(column is metric for metric in measured.columns.values())
        for row in np.flatnonzero(~column.valid):
            sample = dataset.samples[row]
            failure = Failure(sample, "input", column.name, column.reasons.get(int(row), "it has no value"))
            measuring_failed = is_measured and sample in failed and int(row) not in column.reasons
            there = measured.readable[row] and lists.taking_part[row]
            if there and not measuring_failed and failure not in told:
                told.add(failure)
                yield failure
