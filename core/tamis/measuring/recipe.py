"""The execution plan for one image: what is wanted of it, and getting that out of it in one open and one decode."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import cached_property
from threading import Lock
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis.data.failure import Failure, Stage
from tamis.data.header import Header
from tamis.dataset.images import decode, exif_of
from tamis.declarations.metric import Metric
from tamis.discovery.registry import Registry
from tamis.measuring.calling import call, frozen, is_passing, number, objects_of, reason_of
from tamis.measuring.jobs import Job
from tamis.measuring.steps import DECODING, EXIF, Key, Step, freeing, needed_for, steps_of
from tamis.measuring.vectors import Floats, Wanted, boxes_of


@attrs.define
class Result:
    """What came of one image.

    Attributes:
        header: None if it could not be opened.
        values: By metric key, without those that failed.
        objects: What was predicted, as JSON, by the name of the auto task, without those that failed.
        cuts: What waits for an embedder, and how many objects were dropped, by the name of the embedding.
        vectors: What that became: ``(k, d)`` float32, and how many objects were dropped, by the same name.
        failures: Each thing that failed, once.
        passing: Those of them that the system is to blame for, and that another attempt may not meet.
        fingerprint: Of the file's content before it was opened; None if it has none or nobody asked.
    """

    header: Header | None = None
    values: dict[str, float | int] = attrs.field(factory=dict)
    objects: dict[str, str] = attrs.field(factory=dict)
    cuts: dict[str, tuple[list[Any], int]] = attrs.field(factory=dict)
    vectors: dict[str, tuple[npt.NDArray[np.float32], int]] = attrs.field(factory=dict)
    failures: list[Failure] = attrs.field(factory=list)
    passing: list[Failure] = attrs.field(factory=list)
    fingerprint: str | None = None


@attrs.frozen(eq=False, slots=False)
class Recipe:
    """The steps for one image. One open, and one decode if any step needs pixels.

    Attributes:
        metrics: Those whose values it yields, in this order.
        jobs: The auto tasks whose objects it yields, by name.
        embeddings: The vectors that it yields, by name.
        steps: Views before what needs them.
        settings: Those of the registry that it was made with.
        locks: Held while an embedder is called, by the name of the vectors.
    """

    metrics: tuple[Metric, ...]
    jobs: Mapping[str, Job]
    embeddings: Mapping[str, Wanted]
    steps: tuple[Step, ...]
    settings: Mapping[str, Any]
    locks: Mapping[str, Lock]

    @classmethod
    def of(
        cls,
        keys: Iterable[str],
        registry: Registry,
        jobs: Mapping[str, Job] | None = None,
        embeddings: Mapping[str, Wanted] | None = None,
    ) -> Recipe:
        """The recipe for these metrics, auto tasks and vectors.

        Args:
            keys: Of metrics.
            registry: The plugins.
            jobs: Auto tasks by name.
            embeddings: Vectors by a name of the caller's choice, under which `Measurements.vectors` has them, such as
                ``{"images": Wanted(embedding), "objects": Wanted(embedding, task="cars", padding=0.1)}`` with
                ``embedding = Embedding.of(registry.embedder("descriptor"), {})``. Where a task is none of ``jobs``,
                `measure` is to be given its boxes.

        Raises:
            PluginError: a metric, or a view that it needs, is unknown, blocked, broken or conflicting; or
                views need each other in a circle.
        """
        metrics = tuple(registry.metric(key) for key in dict.fromkeys(keys))
        jobs, embeddings = dict(jobs or {}), dict(embeddings or {})
        by_embedding = {id(wanted.embedding): Lock() for wanted in embeddings.values()}
        locks = {name: by_embedding[id(wanted.embedding)] for name, wanted in embeddings.items()}
        steps = steps_of(metrics, jobs, embeddings, registry)
        return cls(metrics, jobs, embeddings, steps, registry.settings, locks)

    def only(self, wanted: Collection[Key]) -> Recipe:
        """The recipe for some of what this one yields."""
        return attrs.evolve(
            self,
            metrics=tuple(metric for metric in self.metrics if ("metric", metric.key) in wanted),
            jobs={name: job for name, job in self.jobs.items() if ("task", name) in wanted},
            embeddings={name: of for name, of in self.embeddings.items() if ("embed", name) in wanted},
            steps=freeing(needed_for(wanted, self.steps)),
        )

    @property
    def yields(self) -> tuple[Step, ...]:
        """The steps that yield something: all but views."""
        return tuple(step for step in self.steps if step.stage != "view")

    @cached_property
    def decodes(self) -> bool:
        """Whether any step needs the pixels."""
        return any("image" in step.needs for step in self.steps)

    @cached_property
    def third_party(self) -> bool:
        """Whether any step is of another distribution than tamis's own."""
        return any(step.plugin.third_party for step in self.steps)

    @cached_property
    def reads_exif(self) -> bool:
        """Whether any step needs the EXIF."""
        return any("exif" in step.needs for step in self.steps)

    def closure(self, step: Step) -> list[Step]:
        """A step and the views that it needs, directly or not, in order."""
        return needed_for((step.key,), self.steps)

    def run(
        self,
        sample: str,
        opened: Callable[[str], AbstractContextManager[tuple[Image.Image, Header]]],
        boxes: Mapping[str, Floats] | None = None,
        *,
        without: Collection[Key] = (),
        at: Callable[[Key], None] = lambda step: None,
        passing: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
    ) -> Result:
        """Measure one image. Never raises for what is wrong with it.

        Args:
            sample: Its name.
            opened: Opens it.
            boxes: ``(k, 4)`` boxes of objects, by the name of the task, of those that aren't predicted here.
            without: Steps that are known not to come to an end with this image; they, and what needs them, are left
                out.
            at: Called with each step before it is done.
            passing: What is raised by others than plugins, and goes through them.
        """
        result = Result()

        def fail(stage: Stage, key: str | None, error: BaseException, origin: str = "") -> None:
            result.failures.append(failure := Failure(sample, stage, key, reason_of(error) + origin))
            if is_passing(error):
                result.passing.append(failure)

        try:
            with opened(sample) as (image, header):
                result.header = header
                views: dict[str, Any] = {"header": result.header}
                if self.reads_exif and EXIF not in without:
                    at(EXIF)
                    try:
                        views["exif"] = exif_of(image)
                    except Exception as error:  # noqa: BLE001 (what is damaged raises all sorts of things)
                        fail("view", "exif", error)
                if self.decodes and DECODING not in without:
                    at(DECODING)
                    try:
                        decode(image)
                        views["image"] = frozen(image)
                    except Exception as error:  # noqa: BLE001 (decoders raise all sorts of things)
                        fail("decode", None, error)
                del image  # its pixels are freed after their last use
                for step in self.steps:
                    try:
                        needed = self._arguments(step, views, result.objects, boxes or {})
                        if needed is not None and step.key not in without:
                            at(step.key)
                            made = copy_context().run(call, step.compute, needed)  # what it sets there is its own
                            if step.stage == "metric":
                                result.values[step.name] = number(made, step.dtype)
                            elif step.stage == "task":
                                result.objects[step.name] = objects_of(made)
                            elif step.stage == "embed":
                                result.cuts[step.name] = made
                            else:
                                views[step.name] = frozen(made)
                    except passing:
                        raise
                    except BaseException as error:  # noqa: BLE001 (a plugin may raise anything)
                        fail(step.stage, step.name, error, f" ({step.plugin})")
                    for name in step.frees:
                        views.pop(name, None)
        except passing:
            raise
        except BaseException as error:  # noqa: BLE001 (so do functions that open images)
            fail("open", None, error)
        return result

    def _arguments(
        self, step: Step, views: Mapping[str, Any], objects: Mapping[str, str], boxes: Mapping[str, Floats]
    ) -> dict[str, Any] | None:
        """What a step is called with; None if it needs something that has failed, and been recorded."""
        try:
            needed = {need: views[need] for need in step.needs}
            if "header" in needed:  # a copy: what a plugin does to it is nobody else's
                needed["header"] = attrs.evolve(needed["header"])
        except KeyError:
            return None
        if step.stage == "embed" and (task := self.embeddings[step.name].task) is not None:
            if task not in objects and task not in boxes:
                return None
            needed["boxes"] = boxes_of(objects[task]) if task in objects else boxes[task]
        return needed
