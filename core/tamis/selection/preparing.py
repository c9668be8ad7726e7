"""What a run needs for its vectors before its images are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.about import About, read_task
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.choosing import choose
from tamis.embedding.embeddings import Embeddings, Query, query_vectors
from tamis.errors import EmbeddingError
from tamis.lightly.tags import read_tag
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.vectors import Boxes, Embedded, Wanted
from tamis.planning.plan import Plan
from tamis.progress import Monitor


@attrs.frozen(eq=False)
class Prepared:
    """What is known of the vectors of a run; empty if no input needs any.

    Attributes:
        embeddings: Where they come from.
        wanted: Those to be made in the pass over the images, by name.
        queries: Those of other datasets' tags.
        read: The predictions of the tasks whose objects are cut out, as their files have them.
    """

    embeddings: Embeddings | None = None
    wanted: Mapping[str, Wanted] = attrs.field(factory=dict)
    queries: Mapping[Query, npt.NDArray[np.float32]] = attrs.field(factory=dict)
    read: Mapping[str, Predictions] = attrs.field(factory=dict)

    @property
    def boxes(self) -> dict[str, Boxes]:
        """Of those predictions."""
        return {task: Boxes(predictions.offsets, predictions.outlines) for task, predictions in self.read.items()}

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
        queries = [{**attrs.asdict(query), "samples": len(vectors)} for query, vectors in self.queries.items()]
        return {**self.embeddings.manifest(), "queries": queries}

    def notes(self, made: Mapping[str, Embedded]) -> Iterator[str]:
        """What the user should know about them."""
        if self.embeddings and self.embeddings.found:
            yield from self.embeddings.found.notes
        for name, embedded in made.items():
            if dropped := int(embedded.dropped.sum()):
                smallest = self.wanted[name].min_size
                yield f"{name}: {dropped} objects without a box, or less than {smallest} pixels across, are left out"


def prepare(
    dataset: Dataset,
    plan: Plan,
    about: About,
    embedder: str | Mapping[str, Any],
    *,
    normalize: bool,
    datasets: Mapping[str, Dataset],
    run: Callable[[Dataset, Recipe], Measurements],
    monitor: Monitor,
) -> Prepared:
    """Load the embedder, find the vectors that are there already, and embed the queries.

    Raises:
        ConfigError: there is no such embedder, or its options are wrong.
        EmbeddingError: vectors can't be had.
        RunError: no image of a query can be read.
        Cancelled: the caller asked for it.
    """
    if not plan.subjects:
        return Prepared()
    registry = about.registry
    embedding = choose(embedder, registry) if dataset.vectors is None else None
    embeddings = Embeddings.of(dataset, embedding, registry, normalize=normalize)
    wanted = embeddings.wanted(plan.subjects)
    others = {query: _of_query(query, embeddings, datasets, about) for query in plan.queries}
    read = {
        task: read_task(about, dataset.samples, task, monitor)
        for task in dict.fromkeys(subject.task for subject in plan.subjects)
        if task is not None and task not in plan.jobs
    }
    queries = {query: query_vectors(of_query, registry, run) for query, of_query in others.items()}
    return Prepared(embeddings, wanted, queries, read)


def _of_query(query: Query, embeddings: Embeddings, datasets: Mapping[str, Dataset], about: About) -> Embeddings:
    """The vectors of a tag, in the same space."""
    other = datasets[query.dataset_id]
    tagged = other.subset(read_tag(other.lightly, other.samples, query.tag_name))
    if (embeddings.embedding is None) != (tagged.vectors is not None):
        which = "the dataset itself" if embeddings.embedding is None else f"dataset '{query.dataset_id}'"
        raise EmbeddingError(f"{which} has vectors of its own and the other has not: they can't be compared")
    found = Embeddings.of(tagged, embeddings.embedding, about.registry, normalize=embeddings.normalize)
    if found.dim != embeddings.dim:
        raise EmbeddingError(
            f"vectors of dataset '{query.dataset_id}' have {found.dim} dimensions, and those of the dataset itself "
            f"{embeddings.dim}"
        )
    return found
