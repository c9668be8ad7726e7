"""The execution plan for one image: what is wanted of it, and getting that out of it in one open and one decode."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import cached_property
from threading import Lock
from typing import IO, Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis.data.failure import Failure, Stage
from tamis.data.header import Header
from tamis.data.object_values import Value
from tamis.dataset.images import content_of, decode, exif_of, info_of
from tamis.declarations.metric import Metric
from tamis.discovery.registry import Registry
from tamis.errors import NoValueError
from tamis.measuring.calling import call, frozen, is_passing, objects_of, reason_of, value
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric, crops, opening
from tamis.measuring.steps import DECODING, Key, Step, freeing, needed_for, steps_of
from tamis.measuring.vectors import Floats, Wanted, boxes_of


@attrs.define
class Result:
    """What came of one image.

    Attributes:
        header: None if it could not be opened.
        values: By metric key, without those that failed.
        objects: What was predicted, as JSON, by the name of the auto task, without those that failed.
        cuts: What waits for an embedder, and how many objects were dropped, by the name of the embedding.
        object_values: Of each object by the name of the `ObjectMetric`, without those that failed.
        vectors: What that became: ``(k, d)`` float32, and how many objects were dropped, by the same name.
        failures: Each thing that failed, once.
        passing: Those of them that the system is to blame for, and that another attempt may not meet.
        lacking: Those of them that say no more than that the image has no such value.
        fingerprint: Of the file's content before it was opened; None if it has none or nobody asked.
    """

    header: Header | None = None
    values: dict[str, float | int | str] = attrs.field(factory=dict)
    objects: dict[str, str] = attrs.field(factory=dict)
    cuts: dict[str, tuple[list[Any], int]] = attrs.field(factory=dict)
    object_values: dict[str, list[Value]] = attrs.field(factory=dict)
    vectors: dict[str, tuple[npt.NDArray[np.float32], int]] = attrs.field(factory=dict)
    failures: list[Failure] = attrs.field(factory=list)
    passing: list[Failure] = attrs.field(factory=list)
    lacking: list[Failure] = attrs.field(factory=list)
    fingerprint: str | None = None


#: What is read of an opened image and its file before it is decoded, by the name of the view.
UNDECODED: Mapping[str, Callable[[Image.Image, IO[bytes] | None], Any]] = {
    "exif": lambda image, _: exif_of(image),
    "info": lambda image, _: info_of(image),
    "content": lambda _, file: content_of(file),
}


@attrs.frozen(eq=False, slots=False)
class Recipe:
    """The steps for one image. One open, and one decode if any step needs pixels.

    Attributes:
        metrics: Those whose values it yields, in this order.
        jobs: The auto tasks whose objects it yields, by name.
        embeddings: The vectors that it yields, by name.
        objects: The metrics of objects that it yields, by name.
        of_objects: What to do with each object of a task, by its name.
        steps: Views before what needs them.
        settings: Those of the registry that it was made with.
        locks: Held while an embedder is called, by the name of the vectors.
    """

    metrics: tuple[Metric, ...]
    jobs: Mapping[str, Job]
    embeddings: Mapping[str, Wanted]
    objects: Mapping[str, ObjectMetric]
    of_objects: Mapping[str, Recipe]
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
        objects: Iterable[ObjectMetric] = (),
    ) -> Recipe:
        """The recipe for these metrics, auto tasks, vectors and metrics of objects.

        Args:
            keys: Of metrics.
            registry: The plugins.
            jobs: Auto tasks by name.
            embeddings: Vectors by a name of the caller's choice, under which `Measurements.vectors` has them, such as
                ``{"images": Wanted(embedding), "objects": Wanted(embedding, task="cars", padding=0.1)}`` with
                ``embedding = Embedding.of(registry.embedder("descriptor"), {})``. Where a task is none of ``jobs``,
                `measure` is to be given its boxes.
            objects: Metrics of objects. The same holds for their tasks.

        Raises:
            PluginError: a metric, or a view that it needs, is unknown, blocked, broken or conflicting; or
                views need each other in a circle.
        """
        metrics = tuple(registry.metric(key) for key in dict.fromkeys(keys))
        jobs, embeddings = dict(jobs or {}), dict(embeddings or {})
        by_embedding = {id(wanted.embedding): Lock() for wanted in embeddings.values()}
        locks = {name: by_embedding[id(wanted.embedding)] for name, wanted in embeddings.items()}
        wanted_objects = {of.name: of for of in objects}
        by_task: dict[str, list[str]] = {}
        for of in wanted_objects.values():
            by_task.setdefault(of.task, []).append(of.key)
        of_objects = {task: cls.of(of_task, registry) for task, of_task in by_task.items()}
        steps = steps_of(metrics, jobs, embeddings, wanted_objects.values(), registry)
        return cls(metrics, jobs, embeddings, wanted_objects, of_objects, steps, registry.settings, locks)

    def only(self, wanted: Collection[Key]) -> Recipe:
        """The recipe for some of what this one yields."""
        objects = {name: of for name, of in self.objects.items() if ("object", name) in wanted}
        return attrs.evolve(
            self,
            objects=objects,
            of_objects={
                task: recipe.only([("metric", of.key) for of in objects.values() if of.task == task])
                for task, recipe in self.of_objects.items()
            },
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
        return "image" in self.reads

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, and those for each object."""
        return (*self.steps, *(step for recipe in self.of_objects.values() for step in recipe.steps))

    @cached_property
    def third_party(self) -> bool:
        """Whether any step is of another distribution than tamis's own."""
        return any(step.plugin.third_party for step in self.all_steps)

    @cached_property
    def reads(self) -> frozenset[str]:
        """All views that any step needs."""
        return frozenset(need for step in self.steps for need in step.needs)

    def closure(self, step: Step) -> list[Step]:
        """A step and the views that it needs, directly or not, in order."""
        return needed_for((step.key,), self.steps)

    def closure_of_object(self, of: ObjectMetric) -> list[Step]:
        """The steps of a metric of objects, for each object."""
        return needed_for((("metric", of.key),), self.of_objects[of.task].steps)

    def run(
        self,
        sample: str,
        opened: Callable[[str], AbstractContextManager[tuple[Image.Image, Header, IO[bytes] | None]]],
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
            reason = reason_of(error) + ("" if isinstance(error, NoValueError) else origin)
            result.failures.append(failure := Failure(sample, stage, key, reason))
            if is_passing(error):
                result.passing.append(failure)
            if isinstance(error, NoValueError):
                result.lacking.append(failure)

        try:
            with opened(sample) as (image, header, file):
                result.header = header
                views: dict[str, Any] = {"header": result.header}
                for name, read in UNDECODED.items():
                    if name in self.reads and ("view", name) not in without:
                        at(("view", name))
                        try:
                            views[name] = read(image, file)
                        except Exception as error:  # noqa: BLE001 (what is damaged raises all sorts of things)
                            fail("view", name, error)
                if self.decodes and DECODING not in without:
                    at(DECODING)
                    try:
                        decode(image)
                        views["image"] = frozen(image)
                    except Exception as error:  # noqa: BLE001 (decoders raise all sorts of things)
                        fail("decode", None, error)
                del image  # its pixels are freed after their last use
                measured: dict[str, list[Result | None]] = {}  # objects, by task
                for step in self.steps:
                    try:
                        needed = self._arguments(step, views, result.objects, boxes or {})
                        if needed is None or step.key in without:
                            pass
                        elif step.stage == "object":
                            task = self.objects[step.name].task
                            if task not in measured:
                                measured[task] = self._measured(sample, task, without, at, **needed)
                            self._take(step, sample, measured[task], result)
                        else:
                            at(step.key)
                            made = copy_context().run(call, step.compute, needed)  # what it sets there is its own
                            if step.stage == "metric":
                                result.values[step.name] = value(made, step.dtype)
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

    def _measured(
        self,
        sample: str,
        task: str,
        without: Collection[Key],
        at: Callable[[Key], None],
        header: Header,
        image: Image.Image,
        boxes: Floats,
    ) -> list[Result | None]:
        """What came of each object of a task; None of one without a pixel."""
        steps: dict[Key, Key] = {
            ("metric", of.key): ("object", name) for name, of in self.objects.items() if of.task == task
        }
        left_out = {key for key in without if key[0] == "view"} | {
            key for key, step in steps.items() if step in without
        }

        def run(crop: tuple[Image.Image, Header]) -> Result:
            return self.of_objects[task].run(
                sample, lambda _: opening(crop), without=left_out, at=lambda key: at(steps.get(key, key))
            )

        return [None if crop is None else run(crop) for crop in crops(image, header, boxes)]

    def _take(self, step: Step, sample: str, measured: list[Result | None], result: Result) -> None:
        """Take in one metric of each object, and the first failure."""
        of = self.objects[step.name]
        parts = {("open", None), ("decode", None), *(part.key for part in self.closure_of_object(of))}
        result.object_values[step.name] = [each.values.get(of.key) if each else None for each in measured]
        for number, each in enumerate(measured, start=1):
            wrong = [f for f in each.failures if f not in each.lacking and (f.stage, f.key) in parts] if each else []
            if each and wrong:
                reason = f"object {number} of {len(measured)}: {wrong[0].reason}"
                result.failures.append(failure := Failure(sample, "object", step.name, reason))
                if wrong[0] in each.passing:
                    result.passing.append(failure)
                return

    def _task_of(self, step: Step) -> str | None:
        """The task whose boxes a step needs, if it needs any."""
        if step.stage == "object":
            return self.objects[step.name].task
        return self.embeddings[step.name].task if step.stage == "embed" else None

    def _arguments(
        self, step: Step, views: Mapping[str, Any], objects: Mapping[str, str], boxes: Mapping[str, Floats]
    ) -> dict[str, Any] | None:
        """What a step is called with; None if it needs something that has failed, and been recorded."""
        try:
            needed = {need: views[need] for need in step.needs}
            if "header" in needed:  # copies: what a plugin does to them is nobody else's
                needed["header"] = attrs.evolve(needed["header"])
            if "info" in needed:
                needed["info"] = dict(needed["info"])
        except KeyError:
            return None
        if (task := self._task_of(step)) is not None:
            if task not in objects and task not in boxes:
                return None
            needed["boxes"] = boxes_of(objects[task]) if task in objects else boxes[task]
        return needed
