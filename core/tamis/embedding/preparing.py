"""What a run needs for its vectors before its images are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.asking import Asking
from tamis.embedding.choosing import choose
from tamis.embedding.embeddings import Embeddings, Subject
from tamis.embedding.queries import Queried, Query
from tamis.embedding.reach import Reach
from tamis.measuring.run import Run
from tamis.measuring.vectors import Boxes, Embedded, Wanted

Rows = npt.NDArray[np.intp]


@attrs.frozen(eq=False)
class Prepared:
    """What is known of the vectors of a run; empty if no input needs any.

    Attributes:
        embeddings: Where they come from.
        wanted: Those to be made in the pass over the images, by name.
        queries: What they are compared with.
        subjects: What is embedded of every sample.
        read: The predictions of the tasks whose objects are cut out, as their files have them.
    """

    embeddings: Embeddings | None = None
    wanted: Mapping[str, Wanted] = attrs.field(factory=dict)
    queries: Mapping[Query, Queried] = attrs.field(factory=dict)
    subjects: Sequence[Subject] = ()
    read: Mapping[str, Predictions] = attrs.field(factory=dict)

    @property
    def boxes(self) -> dict[str, Boxes]:
        """Of those predictions."""
        return {task: Boxes.unfitted(predictions) for task, predictions in self.read.items()}

    @property
    def excluded(self) -> Rows:
        """Samples that take no part."""
        found = self.embeddings.found if self.embeddings else None
        return np.flatnonzero(found.excluded) if found and found.excluded is not None else np.arange(0)

    @property
    def preselected(self) -> Rows:
        """Samples that count as picked."""
        found = self.embeddings.found if self.embeddings else None
        return np.flatnonzero(found.preselected) if found and found.preselected is not None else np.arange(0)

    def plugins(self, registry: Registry) -> tuple[Plugin, ...]:
        """The embedder's."""
        if self.embeddings is None or self.embeddings.embedding is None:
            return ()
        return (registry.provider("embedder", self.embeddings.embedding.embedder.name),)

    def manifest(self) -> dict[str, Any] | None:
        """How the vectors were made, for the manifest; None if there are none."""
        if self.embeddings is None:
            return None
        queries = [found.manifest(query) for query, found in self.queries.items()]
        subjects = {subject.name: attrs.asdict(subject) for subject in self.subjects}
        return {**self.embeddings.manifest(), "subjects": subjects, "queries": queries}

    def notes(self, made: Mapping[str, Embedded]) -> Iterator[str]:
        """What the user should know about them."""
        if self.embeddings and self.embeddings.found:
            yield from self.embeddings.found.notes
        if self.embeddings and self.embeddings.embedding and self.embeddings.embedding.embedder.note:
            yield f"embedder '{self.embeddings.embedding.embedder.name}': {self.embeddings.embedding.embedder.note}"
        for name, embedded in made.items():
            if dropped := int(embedded.dropped.sum()):
                smallest = self.wanted[name].min_size
                yield f"{name}: {dropped} objects without a box, or less than {smallest} pixels across, are left out"


def prepare(
    dataset: Dataset,
    embedder: str | Mapping[str, Any],
    run: Run,
    *,
    subjects: Sequence[Subject],
    queries: Sequence[Query],
    read: Mapping[str, Predictions],
    normalize: bool,
    reach: Reach,
    taking_part: npt.NDArray[np.bool_] | None = None,
) -> Prepared:
    """Load the embedder, find the vectors that are there already, and embed the queries.

    Args:
        dataset: What is selected from.
        embedder: The choice of one.
        run: How to make vectors.
        subjects: What has to be embedded of every sample.
        queries: What they are compared with.
        read: The predictions of the tasks that the run doesn't make itself.
        normalize: Whether to scale what comes from the embedder to unit length.
        reach: Where queries are looked for.
        taking_part: ``(n,)`` the samples whose images will be opened; by default all.

    Raises:
        ConfigError: there is no such embedder, or its options are wrong.
        EmbeddingError: vectors can't be had.
        RunError: no image of a query can be read.
        Cancelled: the caller asked for it.
    """
    if not subjects:
        return Prepared()
    embedding = choose(embedder, run.registry, run.monitor) if dataset.vectors is None else None
    embeddings = Embeddings.of(dataset, embedding, run.registry, normalize=normalize, memory=run.memory)
    wanted = embeddings.wanted(subjects)
    boxed = {task: read[task] for subject in subjects if (task := subject.task) is not None and task in read}
    every = np.ones(len(dataset), dtype=bool) if taking_part is None else taking_part
    queried = Asking(embeddings, reach, every, run).of(queries)
    return Prepared(embeddings, wanted, queried, subjects, boxed)
