"""``tamis.compare_embedders``: how well vectors tell classes apart that one has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from threading import Event
from time import perf_counter
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.config.arguments import whole_number
from tamis.dataset.checking import check_dataset
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.embedding.api import embed_with
from tamis.embedding.choosing import choose
from tamis.embedding.classes import classes_of
from tamis.errors import ConfigError, Problem
from tamis.measuring.run import running
from tamis.progress import Monitor, ProgressCallback
from tamis.store.store import Store

#: Numbers of a block of distances.
_BLOCK = 1 << 24


@attrs.frozen(kw_only=True)
class Comparison:
    """How one embedder did.

    Attributes:
        embedder: As it was chosen.
        accuracy: The share of samples, 0 to 1, whose class is the commonest one of their nearest others.
        chance: What always naming the commonest class would reach.
        samples: How many took part: those with a class and a vector.
        dim: The length of its vectors.
        seconds: How long it took by the clock, reading and decoding included; what a store holds takes none.
    """

    embedder: str | Mapping[str, Any]
    accuracy: float
    chance: float
    samples: int
    dim: int
    seconds: float


def compare_embedders(
    dataset: Dataset,
    embedders: Iterable[str | Mapping[str, Any]],
    by: str | None = None,
    *,
    neighbours: int = 5,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
) -> tuple[Comparison, ...]:
    """Embed a dataset whose classes are known in several ways, and tell how near vectors of one class are.

    Each sample is given the class that is commonest among its nearest others by distance of vectors of unit length; of
    several that are as common, that of the nearest. How often that is right is the leave-one-out accuracy: no model is
    trained.

    Args:
        dataset: The images.
        embedders: Each as for `tamis.select`.
        by: The key of the metadata category that is the class of a sample; by default it is the first folder in its
            name. A sample without one takes no part.
        neighbours: How many of the nearest decide.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: As for `tamis.compute`.
        executor: As for `tamis.compute`.
        store: As for `tamis.compute`.

    Returns:
        One for each embedder, in order.

    Raises:
        ConfigError: there is no such embedder, its options are wrong, there is no such metadata, there are fewer than
            two classes, or ``jobs`` or ``neighbours`` is no number from 1.
        DatasetError: ``dataset`` is none.
        MetadataError: it can't be read.
        EmbeddingError: vectors can't be had.
        RunError: no image has a vector.
        Cancelled: ``cancel`` was set.
    """
    check_dataset(dataset)
    neighbours = whole_number("neighbours", neighbours, "a number of samples")
    registry, chosen, monitor = registry or Registry(), tuple(embedders), Monitor(progress, cancel)
    classes = classes_of(dataset, by, monitor)
    known = np.array([label is not None for label in classes], dtype=bool)
    labels, codes = np.unique([label for label in classes if label is not None], return_inverse=True)
    if len(labels) < 2:
        what = f"metadata '{by}' has" if by else "the first folders in the names of samples are"
        raise ConfigError((Problem("by", f"there must be at least two classes, and {what} {len(labels)}"),))
    of_row = np.full(len(known), -1)
    of_row[known] = codes
    found = []
    with running(
        registry=registry,
        progress=progress,
        cancel=cancel,
        jobs=jobs,
        executor=executor,
        store=store,
        strict=False,
    ) as run:
        # All are loaded before the first runs, so that what is wrong with the last is said at once.
        loaded = [choose(embedder, registry, monitor) for embedder in chosen]
        for embedder in chosen:
            start = perf_counter()
            embedding = loaded.pop(0)  # which is freed when the next one's turn has come
            vectors, _ = embed_with(dataset, embedding if dataset.vectors is None else None, run)
            seconds = perf_counter() - start
            rows = np.flatnonzero(known & vectors.valid)
            found.append(
                Comparison(
                    embedder=embedder,
                    accuracy=_accuracy(vectors.values[rows], of_row[rows], neighbours, monitor),
                    chance=float(np.bincount(of_row[rows]).max() / len(rows)) if len(rows) else 0.0,
                    samples=len(rows),
                    dim=vectors.values.shape[1],
                    seconds=seconds,
                )
            )
    return tuple(found)


def _accuracy(
    vectors: npt.NDArray[np.float32], classes: npt.NDArray[np.intp], neighbours: int, monitor: Monitor
) -> float:
    """Of naming each by its nearest others; the lowest row is the nearer of two as near."""
    count, right = len(vectors), 0
    if count < 2:
        return 0.0
    neighbours = min(neighbours, count - 1)
    step = max(1, _BLOCK // count)
    for start in range(0, count, step):
        monitor.check()
        part = vectors[start : start + step]
        near = part @ vectors.T
        rows = np.arange(len(part))
        near[rows, start + rows] = -np.inf
        nearest = np.argsort(-near, axis=1, kind="stable")[:, :neighbours]
        named = classes[nearest]
        votes = (named[:, :, None] == named[:, None, :]).sum(axis=2)
        first = votes.argmax(axis=1)  # the nearest of a class that is commonest
        right += int((named[rows, first] == classes[start : start + step]).sum())
    return right / count
