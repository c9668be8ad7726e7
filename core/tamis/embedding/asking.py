"""Embedding what the vectors of a dataset are compared with, before any of its images is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.vectors import unit
from tamis.dataset.dataset import Dataset
from tamis.dataset.tags import tagged
from tamis.discovery.failing import failed
from tamis.embedding.embeddings import IMAGE, Embeddings
from tamis.embedding.queries import ImageQuery, Queried, Query, TagQuery, TextQuery, lacking
from tamis.embedding.reach import Reach
from tamis.errors import EmbeddingError, RunError, TamisError
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.run import Run

Floats = npt.NDArray[np.float32]


@attrs.frozen(eq=False)
class Asking:
    """Embeds the queries of a run.

    Attributes:
        embeddings: The space that they are in.
        reach: Where they are looked for.
        taking_part: ``(n,)`` which samples the pass over the images will embed.
        run: How to embed.
    """

    embeddings: Embeddings
    reach: Reach
    taking_part: npt.NDArray[np.bool_]
    run: Run

    def of(self, queries: Sequence[Query]) -> dict[Query, Queried]:
        """What each is in the space; what can't be is told before the first of them is embedded.

        Raises:
            EmbeddingError: a vector can't be had, or wouldn't be in that space.
            RunError: no image of a tag has a vector.
            Cancelled: the caller asked for it.
        """
        tags = {query: self._tag(query) for query in queries if isinstance(query, TagQuery)}
        found: dict[Query, Queried] = {}
        for query in sorted(queries, key=lambda query: isinstance(query, TagQuery)):  # of which there may be many
            if isinstance(query, TextQuery):
                found[query] = self._texts(query)
            elif isinstance(query, ImageQuery):
                found[query] = self._images(query)
            else:
                found[query] = self._of_tag(tags[query])
        return {query: found[query] for query in queries}

    def _tag(self, query: TagQuery) -> Embeddings:
        """Where the vectors of a tag come from, in the same space."""
        assert self.reach.datasets is not None  # noqa: S101 (of a run they are known)
        other = self.reach.datasets[query.dataset_id]
        of_tag = other.subset(tagged(other, query.tag_name))
        if (self.embeddings.embedding is None) != (of_tag.vectors is not None):
            which = "the dataset itself" if self.embeddings.embedding is None else f"dataset '{query.dataset_id}'"
            raise EmbeddingError(f"{which} has vectors of its own and the other has not: they can't be compared")
        found = self._same(of_tag)
        if found.dim != self.embeddings.dim:
            raise EmbeddingError(
                f"vectors of dataset '{query.dataset_id}' have {found.dim} dimensions, and those of the dataset itself "
                f"{self.embeddings.dim}"
            )
        return found

    def _same(self, dataset: Dataset) -> Embeddings:
        """The vectors of another dataset, made in the same way."""
        embedding, normalize = self.embeddings.embedding, self.embeddings.normalize
        return Embeddings.of(dataset, embedding, self.run.registry, normalize=normalize)

    def _of_tag(self, others: Embeddings) -> Queried:
        """Those of its samples that can be read."""
        column, failures = self._vectors(others)
        samples = others.dataset.samples
        if not column.valid.any():
            reasons = [*map(str, failures), *column.reasons.values()]
            raise RunError(f"none of {len(column)} samples of the query has a vector, such as {reasons[0]}")
        names = tuple(name for name, valid in zip(samples, column.valid, strict=True) if valid)
        return Queried(names, column.values[column.valid])

    def _images(self, query: ImageQuery) -> Queried:
        """Images by name: what takes no part in the run is embedded now, and of the rest is noted which it is."""
        dataset, folder = self.embeddings.dataset, self.reach.folder
        rows = np.array(self.reach.located(query), dtype=np.intp)
        vectors = np.zeros((len(rows), self.embeddings.dim), dtype=np.float32)
        files = rows < 0
        if files.any():
            assert folder is not None  # noqa: S101 (else there would be none)
            paths = [PurePosixPath(query.images[place]).as_posix() for place in np.flatnonzero(files)]
            different, places = np.unique(paths, return_inverse=True)
            vectors[files] = self._every(Dataset.from_files(folder, different.tolist()))[places]
        if self.embeddings.found is None and (apart := ~files & ~self.taking_part[rows]).any():
            different, places = np.unique(rows[apart], return_inverse=True)
            vectors[apart] = self._every(dataset.subset([dataset.samples[row] for row in different]))[places]
            rows[apart] = -1
        return Queried(query.images, vectors, rows)

    def _every(self, dataset: Dataset) -> Floats:
        """The vectors of images, every one of them. Raises `EmbeddingError` if one has none."""
        column, failures = self._vectors(self._same(dataset))
        if not column.valid.all():
            row = int(np.flatnonzero(~column.valid)[0])
            raise EmbeddingError(lacking(dataset.samples[row], column.reasons.get(row), failures))
        values: Floats = column.values
        return values

    def _vectors(self, embeddings: Embeddings) -> tuple[Column, tuple[Failure, ...]]:
        """The vectors of a whole dataset, and what has failed."""
        wanted = embeddings.wanted([IMAGE]) if embeddings.found is None else {}
        recipe = Recipe.of((), self.run.registry, embeddings=wanted)
        measured = measure(embeddings.dataset, recipe, self.run) if wanted else None
        column = embeddings.column(IMAGE, measured.vectors if measured else {})
        return column, measured.failures if measured else ()

    def _texts(self, query: TextQuery) -> Queried:
        """Texts, by the embedder that makes the vectors of images."""
        embedding = self.embeddings.embedding
        if embedding is None or embedding.embedder.embed_texts is None:
            raise EmbeddingError("there is nothing that embeds a text")
        name = embedding.embedder.name
        try:
            vectors = embedding.embed_texts(query.texts, self.embeddings.dim)
        except TamisError:
            raise
        except BaseException as error:
            raise failed(self.run.registry, "embedder", name, error) from error
        if self.embeddings.normalize:
            vectors, directed = unit(vectors)
            if not directed.all():
                zero = query.texts[int(np.flatnonzero(~directed)[0])]
                raise EmbeddingError(f"embedder '{name}': the vector of the text {zero!r} is zero")
        return Queried(query.texts, vectors)
