"""The execution plan for one image: what is wanted of it, and the steps that get it in one open and one decode."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import Any

import attrs

from tamis.declarations.metric import Metric
from tamis.declarations.view import ROOT_VIEWS
from tamis.discovery.registry import Registry
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric
from tamis.measuring.steps import Key, Step, freeing, needed_for, steps_of
from tamis.measuring.vectors import Wanted


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

    @property
    def of_files(self) -> bool:
        """Whether all that it yields is to be had of the size of a file, without opening it."""
        return self.reads & set(ROOT_VIEWS) == {"file_size"}

    def closure(self, step: Step) -> list[Step]:
        """A step and the views that it needs, directly or not, in order."""
        return needed_for((step.key,), self.steps)

    def closure_of_object(self, of: ObjectMetric) -> list[Step]:
        """The steps of a metric of objects, for each object."""
        return needed_for((("metric", of.key),), self.of_objects[of.task].steps)

    def task_of(self, step: Step) -> str | None:
        """The task whose boxes a step needs, if it needs any."""
        if step.stage == "object":
            return self.objects[step.name].task
        return self.embeddings[step.name].task if step.stage == "embed" else None
