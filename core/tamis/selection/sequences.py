"""Sequences: samples that follow each other, such as frames of a video, and are selected together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows


@attrs.frozen(eq=False)
class Sequences:
    """What is picked: sequences of samples. Where one has length 1, those are the samples themselves.

    Attributes:
        length: How many samples each has.
        starts: The first row of each, ascending.
        apart: Rows of samples that could be selected, and are in no sequence.
    """

    length: int
    starts: Rows
    apart: Rows

    @classmethod
    def of(cls, dataset: Dataset, length: int, left: npt.NDArray[np.bool_]) -> Sequences:
        """Cut a dataset into sequences, and keep those whose samples are all left.

        They are cut from the first sample of each series on: of a video, an archive, a folder. No sequence goes beyond
        one; what is left over at its end is in no sequence.
        """
        if length == 1:
            return cls(1, np.flatnonzero(left), np.array([], dtype=np.intp))
        cut = [np.arange(begin, end - length + 1, length) for begin, end in pairwise(_series(dataset))]
        starts = np.concatenate([np.array([], dtype=np.intp), *cut])
        starts = starts[left[_samples(starts, length)].all(axis=1)]
        apart = left.copy()
        apart[_samples(starts, length)] = False
        return cls(length, starts, np.flatnonzero(apart))

    def samples(self, starts: Rows) -> Rows:
        """The rows of all samples of these sequences, one sequence after another."""
        return _samples(starts, self.length).reshape(-1)

    def starts_of(self, rows: Rows) -> Rows:
        """The first rows of the sequences that these samples are in, each once, in the order of the samples."""
        found = self.starts[np.searchsorted(self.starts, rows, side="right") - 1] if len(rows) else rows
        return np.array(list(dict.fromkeys(found.tolist())), dtype=np.intp)

    def averaged(self, column: Column) -> Column:
        """The column with the mean of its sequence in place of each sample's vector."""
        if self.length == 1:
            return column
        values = column.values.copy()
        rows = _samples(self.starts, self.length)
        values[rows] = values[rows].mean(axis=1, keepdims=True, dtype=np.float64)
        return attrs.evolve(column, values=values)

    def spread(self, column: Column) -> Column:
        """A column of sequences, with each row once for each of the sequence's samples."""
        return column if self.length == 1 else column.take(np.repeat(np.arange(len(column)), self.length))

    def failures(self, dataset: Dataset) -> Iterator[Failure]:
        """Why samples are in no sequence."""
        reason = f"it is in no whole sequence of {self.length} samples that can all be selected"
        yield from (Failure(dataset.samples[row], "input", None, reason) for row in self.apart)


def _samples(starts: Rows, length: int) -> Rows:
    """A row for each sequence: those of its samples."""
    return np.asarray(starts, dtype=np.intp)[:, None] + np.arange(length)


def _series(dataset: Dataset) -> list[int]:
    """The rows at which the parts and folders of a dataset begin, and its end."""
    folders = [name.rpartition("/")[0] for name in dataset.samples]
    other = (row for row in range(1, len(folders)) if folders[row] != folders[row - 1])
    return sorted({0, *dataset.parts, *other, len(dataset)})
