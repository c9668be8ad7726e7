"""``tamis.embed`` and ``tamis.export_embedder``: the vectors of a dataset, and the model that makes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from threading import Event
from typing import Any

import attrs

from tamis.config.choices import attributing, settled
from tamis.data.failure import Failure
from tamis.data.vectors import Vectors
from tamis.dataset.checking import check_dataset
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.embedding.choosing import PATH, choose
from tamis.embedding.embeddings import IMAGE, Embeddings
from tamis.errors import ConfigError, Problem, RunError
from tamis.measuring.embedding import Embedding
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.run import Run, running
from tamis.progress import Monitor, ProgressCallback, followed
from tamis.store.store import Store
from tamis.writing import check_output, output_file


def embed(
    dataset: Dataset,
    embedder: str | Mapping[str, Any] = "descriptor",
    *,
    normalize: bool = True,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    strict: bool = False,
) -> tuple[Vectors, tuple[Failure, ...]]:
    """The vectors of a dataset's images, as a selection would use them.

    Args:
        dataset: The images.
        embedder: As for `tamis.select`.
        normalize: Whether to scale the vectors to unit length.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: As for `tamis.compute`.
        executor: As for `tamis.compute`.
        store: As for `tamis.compute`.
        strict: Whether anything that fails is an error.

    Returns:
        A row for each sample, and what failed.

    Raises:
        ConfigError: there is no such embedder, its options are wrong, or ``jobs`` is no number from 1.
        DatasetError: ``dataset`` is none.
        EmbeddingError: vectors can't be had.
        RunError: no image has a vector; under ``strict``, also when anything failed.
        Cancelled: ``cancel`` was set.
    """
    check_dataset(dataset)
    with running(
        registry=registry,
        progress=progress,
        cancel=cancel,
        jobs=jobs,
        executor=executor,
        store=store,
        strict=strict,
    ) as run:
        embedding = choose(embedder, run.registry, run.monitor) if dataset.vectors is None else None
        return embed_with(dataset, embedding, run, normalize=normalize)


def embed_with(
    dataset: Dataset, embedding: Embedding | None, run: Run, *, normalize: bool = True
) -> tuple[Vectors, tuple[Failure, ...]]:
    """What `embed` returns, of an embedder that is loaded already; None if the dataset has vectors of its own.

    Raises:
        EmbeddingError: vectors can't be had.
        RunError: no image has a vector; under ``strict``, also when anything failed.
        Cancelled: the caller asked for it.
    """
    embeddings = Embeddings.of(dataset, embedding, run.registry, normalize=normalize, memory=run.memory)
    wanted = {} if embeddings.found else embeddings.wanted([IMAGE])
    measured = measure(dataset, Recipe.of((), run.registry, embeddings=wanted), run) if wanted else None
    column = embeddings.column(IMAGE, measured.vectors if measured else {})
    failures = dataset.failures + (measured.failures if measured else ())
    failures += tuple(
        Failure(dataset.samples[row], "input", column.name, reason) for row, reason in column.reasons.items()
    )
    if not column.valid.any() or (run.strict and failures):
        what = f"strict: {len(failures)} failed" if column.valid.any() else f"none of {len(dataset)} has a vector"
        raise RunError(f"{what}, such as {failures[0]}")
    found = embeddings.found or Vectors(column.values, column.valid)
    return attrs.evolve(found, values=column.values, valid=column.valid, reasons=column.reasons), failures


def export_embedder(
    embedder: str | Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    force: bool = False,
) -> None:
    """Write the model of an embedder to a file, which another embedder runs, with all that it has to know of it.

    Args:
        embedder: As for `tamis.select`.
        path: Where the file goes.
        registry: The plugins; by default all that are installed.
        progress: Called while a model is downloaded, in this thread.
        force: Whether to replace a file that is there already.

    Raises:
        ConfigError: there is no such embedder, it has no model to write, or its options are wrong.
        EmbeddingError: its model can't be written, or would give other vectors.
        OutputError: the file can't, or mustn't, be written.
    """
    check_output(path, force=force)
    registry = registry or Registry()
    declared, params = settled("embedder", embedder, registry, PATH)
    if declared.export is None:
        raise ConfigError((Problem("embedder.type", f"'{declared.name}' has no model that can be written to a file"),))
    monitor = Monitor(progress)
    with attributing("embedder", declared.name, registry, PATH, monitor), followed(monitor):
        content = declared.export(declared.prepare(params))
        if not isinstance(content, bytes):
            raise TypeError(f"export returned {type(content).__name__}, not bytes")
    with output_file(path, force=force) as file:
        file.write(content)
