"""Measuring a batch of images: each by itself, except that embedders get what they need of several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from time import perf_counter
from typing import Any, Protocol
from zlib import crc32

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.dataset.images import fingerprint, opened, reading
from tamis.declarations.source import Images
from tamis.measuring.calling import is_passing, reason_of
from tamis.measuring.one_image import OneImage
from tamis.measuring.recipe import Recipe
from tamis.measuring.result import Result
from tamis.measuring.steps import Key
from tamis.measuring.surroundings import same_limits, same_settings
from tamis.measuring.vectors import Floats
from tamis.store.parts import Part

#: How many images or objects an embedder gets at a time, and how many wait for it.
EMBED = 32


@attrs.frozen
class Item:
    """One image to measure.

    Attributes:
        sample: Its name.
        boxes: ``(k, 4)`` boxes of objects by task, of the tasks that aren't predicted in this run.
        without: Steps to leave out: they are known not to come to an end with it.
    """

    sample: str
    boxes: Mapping[str, Floats] = attrs.field(factory=dict)
    without: frozenset[Key] = frozenset()


class At(Protocol):
    """Is told where the work on a batch is, so that it is known if the process ends or takes too long there."""

    def __call__(self, position: int, step: Key | None = None, images: int = 1) -> None:
        """Take note. What it raises ends the batch.

        Args:
            position: Of the image that is being worked on; -1 for several of them.
            step: What is being done with the only image of a batch; None where an image, or several, are begun.
            images: How many are worked on together.
        """


@attrs.frozen
class Measured:
    """What came of a batch.

    Attributes:
        results: One for each image, in the order given.
        seconds: How long they took.
        mark: `mark_of` these images: an executor may confuse what it was given.
        parts: Where the vectors are that the results lack, by the name of the embedding.
    """

    results: list[Result]
    seconds: float
    mark: int
    parts: dict[str, Part] = attrs.field(factory=dict)


def mark_of(samples: Iterable[str]) -> int:
    """A number that tells these samples from others."""
    return crc32("\n".join(samples).encode("utf-8", "surrogateescape"))


def run_batch(
    recipe: Recipe,
    items: Sequence[Item],
    images: Images,
    kind: str | None,
    at: At,
    passing: tuple[type[BaseException], ...] = (),
    *,
    alone: bool,
) -> Measured:
    """Measure some images. Never raises for what is wrong with them.

    Args:
        recipe: What to do with each.
        items: The images.
        images: How to open them.
        kind: What kind of fingerprint to take of each, if any.
        at: Called before each image is opened, and before several are embedded; where there is only one, before each
            step, too.
        passing: What is raised by others than plugins, such as for the user's Ctrl-C, and ends the batch.
        alone: Whether nothing else is done in this process meanwhile: then what plugins set there is undone.
    """
    undoing = same_settings if alone and recipe.third_party else nullcontext
    keeping = same_limits if alone else nullcontext
    start = perf_counter()
    results: list[Result] = []
    waiting = [_Waiting(recipe, name, at, len(items), passing, keeping) for name in recipe.embeddings]
    each = partial(at, 0) if len(items) == 1 else lambda step: None
    with reading(images, [item.sample for item in items]) as ahead:
        open_ = partial(opened, ahead)
        for position, item in enumerate(items):
            at(position)
            taken = fingerprint(ahead, item.sample, kind) if kind else None
            with undoing():
                result = OneImage(recipe, item.sample, item.boxes, item.without, each, passing, keeping).run(open_)
            result.fingerprint = taken
            results.append(result)
            for queue in waiting:
                with undoing():
                    queue.add(item.sample, result)
    for queue in waiting:
        with undoing():
            queue.embed()
    return Measured(results, perf_counter() - start, mark_of(item.sample for item in items))


class _Waiting:
    """What waits for one embedder: small arrays, not images."""

    def __init__(
        self,
        recipe: Recipe,
        name: str,
        at: At,
        batch: int,
        passing: tuple[type[BaseException], ...],
        keeping: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._name = name
        self._at, self._batch, self._passing = at, batch, passing
        self._wanted = recipe.embeddings[name]
        plugin = next(step.plugin for step in recipe.steps if step.key == ("embed", name))
        self._origin, self._keeping = str(plugin), keeping if plugin.third_party else nullcontext
        self._lock = recipe.locks[name]
        self._cuts: list[tuple[str, Result, list[Any], int]] = []

    def add(self, sample: str, result: Result) -> None:
        """Take what was cut out of one image, if that hasn't failed."""
        if self._name in result.cuts:
            self._cuts.append((sample, result, *result.cuts.pop(self._name)))
            if sum(len(images) for _, _, images, _ in self._cuts) >= EMBED:
                self.embed()

    def embed(self) -> None:
        """Embed all that waits; if that fails, sample by sample, so that only the bad one lacks its vectors."""
        if not self._cuts:
            return
        self._tell(len(self._cuts))
        try:
            vectors = self._vectors([image for _, _, images, _ in self._cuts for image in images])
        except self._passing:
            raise
        except BaseException:  # noqa: BLE001 (a plugin may raise anything)
            for sample, result, images, dropped in self._cuts:
                self._tell(1)
                try:
                    result.vectors[self._name] = self._vectors(images), dropped
                except self._passing:
                    raise
                except BaseException as error:  # noqa: BLE001
                    reason = f"{reason_of(error)} ({self._origin})"
                    result.failures.append(failure := Failure(sample, "embed", self._name, reason))
                    if is_passing(error):
                        result.passing.append(failure)
        else:
            start = 0
            for _, result, images, dropped in self._cuts:
                result.vectors[self._name] = vectors[start : start + len(images)], dropped
                start += len(images)
        self._cuts.clear()

    def _tell(self, images: int) -> None:
        """Say that so many are being embedded."""
        if self._batch == 1:
            self._at(0, ("embed", self._name))
        else:
            self._at(-1, images=images)

    def _vectors(self, images: list[Any]) -> npt.NDArray[np.float32]:
        embedding = self._wanted.embedding
        parts = [np.empty((0, embedding.dim), dtype=np.float32)]
        for start in range(0, len(images), EMBED):
            with self._lock, self._keeping():  # an embedder is called from one thread at a time
                parts.append(copy_context().run(embedding.embed, images[start : start + EMBED]))
        return np.concatenate(parts)
