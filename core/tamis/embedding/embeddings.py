"""The vectors of a dataset: its own, found elsewhere, or made in the pass over its images."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.data.memory import Memory
from tamis.data.vectors import Vectors, unit
from tamis.dataset.dataset import Dataset
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.embedding.file_identity import identities
from tamis.errors import EmbeddingError, TamisError
from tamis.measuring.embedding import Embedding
from tamis.measuring.vectors import Embedded, Wanted


@attrs.frozen
class Subject:
    """What is embedded of every sample: the image, or the objects of a task in it.

    Attributes:
        task: The task; None for the image as a whole.
        padding: How much is added to the width and height of an object's box, as a share of them.
        min_size: Objects less than so many pixels wide or high, after padding, are dropped.
    """

    task: str | None = None
    padding: float = 0.0
    min_size: int = 1

    @property
    def name(self) -> str:
        """What the column of its vectors is called."""
        if self.task is None:
            return "EMBEDDINGS"
        cut = f" padding={self.padding:g} min_size={self.min_size}" if (self.padding, self.min_size) != (0, 1) else ""
        return f"{self.task}.EMBEDDINGS{cut}"


IMAGE = Subject()


@attrs.frozen(eq=False)
class Embeddings:
    """Where the vectors of a dataset come from.

    Attributes:
        dataset: The dataset.
        embedding: The embedder; None if the dataset has vectors of its own.
        normalize: Whether what comes from the embedder is scaled to unit length.
        found: The vectors of the images, if they are there already.
        memory: Where large arrays are.
        files: Which files the vectors were read from.
    """

    dataset: Dataset
    embedding: Embedding | None
    normalize: bool
    found: Vectors | None
    memory: Memory
    files: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        embedding: Embedding | None,
        registry: Registry,
        *,
        normalize: bool,
        memory: Memory | None = None,
    ) -> Embeddings:
        """Look for vectors that are there already.

        Args:
            dataset: The dataset.
            embedding: None for a dataset with vectors of its own.
            registry: The plugins.
            normalize: Whether to scale what comes from the embedder to unit length.
            memory: Where large arrays are; by default in memory.

        Raises:
            EmbeddingError: the vectors can't be had, or one that is to be scaled is zero.
            BrokenPluginError: the embedder failed in another way.
        """
        memory = memory or Memory()
        if embedding is None:
            assert dataset.vectors is not None  # noqa: S101 (the caller's choice)
            return cls(dataset, None, False, Vectors(dataset.vectors, np.ones(len(dataset), dtype=bool)), memory)
        if embedding.embeds:
            return cls(dataset, embedding, normalize, None, memory)
        name = embedding.embedder.name
        try:
            found = embedding.lookup(dataset, memory)
            files = identities(found.files)
        except TamisError:
            raise
        except BaseException as error:
            raise failed(registry, "embedder", name, error) from error
        if normalize:
            scaled, directed = unit(found.values, memory)
            if len(zero := np.flatnonzero(found.valid & ~directed)):
                raise EmbeddingError(
                    f"embedder '{name}': the vector of {dataset.samples[zero[0]]!r} is zero, and can't be scaled to "
                    "unit length; --no-normalize takes vectors as they are"
                )
            found = attrs.evolve(found, values=scaled)
        return cls(dataset, embedding, normalize, found, memory, files)

    @property
    def dim(self) -> int:
        """The length of the vectors."""
        if self.found is not None:
            return int(self.found.values.shape[1])
        return self.embedding.dim if self.embedding else 0

    def wanted(self, subjects: Collection[Subject]) -> dict[str, Wanted]:
        """What has to be made in the pass over the images.

        Raises:
            EmbeddingError: objects are to be embedded, and nothing here can.
        """
        tasks = [subject.task for subject in subjects if subject.task is not None]
        if self.embedding is None or not self.embedding.embeds:
            if tasks:
                who = f"embedder '{self.embedding.embedder.name}'" if self.embedding else "a dataset of vectors"
                raise EmbeddingError(
                    f"the objects of task '{tasks[0]}' can't be embedded: {who} has those of images only"
                )
            return {}
        return {
            subject.name: Wanted(self.embedding, subject.task, subject.padding, subject.min_size)
            for subject in subjects
        }

    def column(self, subject: Subject, made: Mapping[str, Embedded]) -> Column:
        """The vectors of a subject, out of those that were made in the pass if they weren't there."""
        if subject == IMAGE and self.found is not None:
            found = self.found
            return Column(subject.name, Kind.VECTOR, found.values, valid=found.valid, reasons=found.reasons)
        embedded = made[subject.name]
        values, valid, offsets = embedded.values, embedded.valid, embedded.offsets
        directed = np.ones(len(values), dtype=bool)
        if self.normalize:
            values, directed = unit(values, self.memory)
        if offsets is None:
            zero, reason = valid & ~directed, "its vector is zero, and can't be scaled to unit length"
        else:
            directed_before = np.concatenate([[0], np.cumsum(~directed)])[offsets]
            zero = directed_before[1:] > directed_before[:-1]
            reason = "the vector of one of its objects is zero, and can't be scaled to unit length"
        return Column(
            subject.name,
            Kind.VECTOR if offsets is None else Kind.VECTORS,
            values,
            offsets=offsets,
            valid=valid & ~zero,
            reasons=dict.fromkeys(np.flatnonzero(zero).tolist(), reason),
        )

    def manifest(self) -> dict[str, Any]:
        """How the vectors were made, for the manifest of a run."""
        embedding = self.embedding
        return {
            "embedder": embedding.embedder.name if embedding else None,
            "version": embedding.version if embedding else None,
            "options": dict(embedding.params) if embedding else {},
            "dimensions": self.dim,
            "normalized": self.normalize,
            **({"files": list(self.files)} if self.files else {}),
        }
