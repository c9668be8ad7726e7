"""What the vectors of a dataset are compared with: tags of other datasets, texts, and images that a config names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.dataset.dataset import Dataset
from tamis.errors import RunError


@attrs.frozen
class TagQuery:
    """A tag of another dataset."""

    dataset_id: str
    tag_name: str


@attrs.frozen
class TextQuery:
    """Texts."""

    texts: tuple[str, ...]


@attrs.frozen
class ImageQuery:
    """Images by name: samples of the dataset itself, and files."""

    images: tuple[str, ...]


Query: TypeAlias = TagQuery | TextQuery | ImageQuery


@attrs.frozen(eq=False)
class Queried:
    """What was embedded of a query.

    Attributes:
        names: The samples, texts or images.
        vectors: ``(q, d)``, a row for each of them.
        rows: ``(q,)`` the rows of samples whose vectors the pass over the images makes, -1 for those that ``vectors``
            has; None if it has all.
    """

    names: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    rows: npt.NDArray[np.intp] | None = None

    def completed(self, column: Column, dataset: Dataset, failures: Iterable[Failure]) -> Queried:
        """With the vectors that the pass has made.

        Args:
            column: The vectors of the dataset's images.
            dataset: What is selected from.
            failures: Those of the pass.

        Raises:
            RunError: a sample has none.
        """
        if self.rows is None:
            return self
        made = self.rows >= 0
        rows = self.rows[made]
        if len(lost := rows[~column.valid[rows]]):
            row = int(lost[0])
            raise RunError(lacking(dataset.samples[row], column.reasons.get(row), failures))
        vectors = self.vectors.copy()
        vectors[made] = column.values[rows]
        return attrs.evolve(self, vectors=vectors, rows=None)

    def manifest(self, query: Query) -> dict[str, Any]:
        """What was asked for, as JSON data; of a tag also of how many samples there are vectors."""
        if isinstance(query, TextQuery):
            return {"texts": list(query.texts)}
        if isinstance(query, ImageQuery):
            return {"images": list(query.images)}
        return {**attrs.asdict(query), "samples": len(self.names)}


def lacking(sample: str, reason: str | None, failures: Iterable[Failure]) -> str:
    """That an image has no vector, and why: for a reason, or since something has failed."""
    failed = (f"{failure.stage}: {failure.reason}" for failure in failures if failure.sample == sample)
    return f"{sample!r}, an image of the query, has no vector: {reason or next(failed, 'it takes no part')}"
