"""What to do with one image: the steps that a set of metrics needs, each once, in an order that works."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from threading import Lock
from typing import Any, Literal

import attrs
import numpy as np
from PIL import Image

from tamis import errors
from tamis.dataset.images import Header
from tamis.declarations import ROOT_VIEWS, Metric, View
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.failure import Failure, Stage
from tamis.measuring.jobs import Job
from tamis.measuring.vectors import VIEW, Floats, Wanted, boxes_of

#: Stage and name of a step.
Key = tuple[str, str]


@attrs.frozen
class Step:
    """One function to call: a view's, a metric's, a task's, or what prepares an image for an embedder."""

    name: str
    stage: Literal["view", "metric", "task", "embed"]
    plugin: Plugin
    compute: Callable[..., Any]
    needs: tuple[str, ...]
    dtype: str = ""
    """A metric's; empty for a view."""
    frees: tuple[str, ...] = ()
    """Views that no later step needs."""


@attrs.frozen
class Measured:
    """What came of one image.

    Attributes:
        header: None if it could not be opened.
        values: By metric key, without those that failed.
        objects: What was predicted, by the name of the auto task, without those that failed.
        cuts: What waits for an embedder, and how many objects were dropped, by the name of the embedding.
        failures: Each thing that failed, once.
        passing: Those of them that the system is to blame for, and that another attempt may not meet.
    """

    header: Header | None
    values: dict[str, float | int]
    objects: dict[str, list[Any]]
    cuts: dict[str, tuple[list[Any], int]]
    failures: list[Failure]
    passing: list[Failure]


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
        steps: list[Step] = []
        for metric in metrics:
            _add(steps, metric, (), registry)
        for name, job in (jobs or {}).items():
            plugin = registry.provider("task", job.task.name)
            _add_views(steps, job.needs, f"task '{job.task.name}' of {plugin}", (), registry)
            steps.append(Step(name, "task", plugin, job.predict, job.needs))
        embeddings = dict(embeddings or {})
        for wanted in embeddings.values():
            plugin = registry.provider("embedder", wanted.embedding.embedder.name)
            _add_views(steps, (VIEW,), f"embedder '{wanted.embedding.embedder.name}' of {plugin}", (), registry)
        steps = _warm_first(steps)
        for name, wanted in embeddings.items():  # after the tasks, whose objects they need
            plugin = registry.provider("embedder", wanted.embedding.embedder.name)
            steps.append(Step(name, "embed", plugin, wanted.cut, (VIEW,)))
        by_embedding = {id(wanted.embedding): Lock() for wanted in embeddings.values()}
        locks = {name: by_embedding[id(wanted.embedding)] for name, wanted in embeddings.items()}
        return cls(metrics, dict(jobs or {}), embeddings, _freeing(steps), registry.settings, locks)

    def only(self, wanted: Collection[Key]) -> Recipe:
        """The recipe for some of what this one yields: steps that yield something."""
        steps: list[Step] = []
        needed: set[str] = set()
        for step in reversed(self.steps):
            if (step.stage, step.name) in wanted or (step.stage == "view" and step.name in needed):
                steps.insert(0, step)
                needed |= set(step.needs)
        return attrs.evolve(
            self,
            metrics=tuple(metric for metric in self.metrics if ("metric", metric.key) in wanted),
            jobs={name: job for name, job in self.jobs.items() if ("task", name) in wanted},
            embeddings={name: of for name, of in self.embeddings.items() if ("embed", name) in wanted},
            steps=_freeing(steps),
        )

    @property
    def yields(self) -> tuple[Step, ...]:
        """The steps that yield something: all but views."""
        return tuple(step for step in self.steps if step.stage != "view")

    @cached_property
    def decodes(self) -> bool:
        """Whether any step needs the pixels."""
        return any("image" in step.needs for step in self.steps)

    def closure(self, step: Step) -> tuple[Step, ...]:
        """A step and the views that it needs, directly or not, in order."""
        needed = set(step.needs)
        found = [step]
        for other in reversed(self.steps):
            if other.stage == "view" and other.name in needed:
                needed |= set(other.needs)
                found.insert(0, other)
        return tuple(found)

    def run(
        self,
        sample: str,
        opened: Callable[[str], AbstractContextManager[Image.Image]],
        boxes: Mapping[str, Floats] | None = None,
    ) -> Measured:
        """Measure one image. Never raises for what is wrong with it.

        Args:
            sample: Its name.
            opened: Opens it.
            boxes: ``(k, 4)`` boxes of objects, by the name of the task, of those that aren't predicted here.
        """
        header: Header | None = None
        values: dict[str, float | int] = {}
        objects: dict[str, list[Any]] = {}
        cuts: dict[str, tuple[list[Any], int]] = {}
        failures: list[Failure] = []
        passing: list[Failure] = []

        def fail(stage: Stage, key: str | None, error: BaseException, origin: str = "") -> None:
            failures.append(failure := Failure(sample, stage, key, reason_of(error) + origin))
            if is_passing(error):
                passing.append(failure)

        try:
            with opened(sample) as image:
                header = Header.of(image)
                views: dict[str, Any] = {"header": header}
                if self.decodes:
                    try:
                        image.load()
                        views["image"] = _frozen(image)
                    except Exception as error:  # noqa: BLE001 (decoders raise all sorts of things)
                        fail("decode", None, error)
                del image  # its pixels are freed after their last use
                for step in self.steps:
                    try:
                        if needed := self._arguments(step, views, objects, boxes or {}):
                            result = _call(step.compute, needed)
                            if step.stage == "metric":
                                values[step.name] = _number(result, step.dtype)
                            elif step.stage == "task":
                                objects[step.name] = list(result)
                            elif step.stage == "embed":
                                cuts[step.name] = result
                            else:
                                views[step.name] = _frozen(result)
                    except (Exception, SystemExit) as error:  # noqa: BLE001 (a plugin may raise anything)
                        fail(step.stage, step.name, error, f" ({step.plugin})")
                    for name in step.frees:
                        views.pop(name, None)
        except Exception as error:  # noqa: BLE001 (so do functions that open images)
            fail("open", None, error)
        return Measured(header, values, objects, cuts, failures, passing)

    def _arguments(
        self, step: Step, views: Mapping[str, Any], objects: Mapping[str, list[Any]], boxes: Mapping[str, Floats]
    ) -> dict[str, Any] | None:
        """What a step is called with; None if it needs something that has failed, and been recorded."""
        try:
            needed = {need: views[need] for need in step.needs}
        except KeyError:
            return None
        if step.stage == "embed" and (task := self.embeddings[step.name].task) is not None:
            if task not in objects and task not in boxes:
                return None
            needed["boxes"] = boxes_of(objects[task]) if task in objects else boxes[task]
        return needed


def _freeing(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps, each knowing which views it is the last to need."""
    last = {need: number for number, step in enumerate(steps) for need in step.needs}
    return tuple(
        attrs.evolve(step, frees=tuple(need for need in step.needs if last[need] == number))
        for number, step in enumerate(steps)
    )


def _add(steps: list[Step], declared: Metric | View, path: tuple[str, ...], registry: Registry) -> None:
    """Append the step of a metric or view, after those of the views that it needs."""
    stage: Literal["metric", "view"] = "metric" if isinstance(declared, Metric) else "view"
    name = declared.key if isinstance(declared, Metric) else declared.name
    plugin = registry.provider(stage, name)
    _add_views(
        steps, declared.needs, f"{stage} '{name}' of {plugin}", (*path, name) if stage == "view" else (), registry
    )
    dtype = declared.dtype if isinstance(declared, Metric) else ""
    steps.append(Step(name, stage, plugin, declared.compute, declared.needs, dtype=dtype))


def _add_views(steps: list[Step], needs: Iterable[str], who: str, path: tuple[str, ...], registry: Registry) -> None:
    """Append the steps of views that aren't there yet. ``path`` are the views that wait for them."""
    for need in needs:
        if need in path:
            raise errors.BrokenPluginError(f"{who}: views need each other: {' -> '.join((*path, need))}")
        if need in ROOT_VIEWS or any(step.stage == "view" and step.name == need for step in steps):
            continue
        try:
            view = registry.view(need)
        except errors.PluginError as error:
            raise type(error)(f"{who} needs a view: {error}") from error
        _add(steps, view, path, registry)


def _warm_first(steps: list[Step]) -> list[Step]:
    """Reorder steps so that each comes as soon as possible after the newest view that it needs.

    Of several, the one with the fewest steps that wait for each other behind it comes first. So views are used while
    they are still in the processor's cache, and freed early.
    """
    behind: dict[str, int] = {}
    for step in reversed(steps):
        for need in step.needs:
            behind[need] = max(behind.get(need, 0), 1 + behind.get(step.name, 0))
    made = dict.fromkeys(ROOT_VIEWS, -1)
    ordered: list[Step] = []

    def urgency(step: Step) -> tuple[int, int]:
        return max((made[need] for need in step.needs), default=-1), -behind.get(step.name, 0)

    while len(ordered) < len(steps):
        ready = [step for step in steps if step not in ordered and all(need in made for need in step.needs)]
        ordered.append(max(ready, key=urgency))
        if ordered[-1].stage == "view":
            made[ordered[-1].name] = len(ordered)
    return ordered


def _frozen(view: Any) -> Any:
    if isinstance(view, np.ndarray):
        view.flags.writeable = False
    elif isinstance(view, Image.Image):
        view.readonly = 1  # Pillow then gives the image pixels of its own before it writes to it
    return view


def _call(compute: Callable[..., Any], views: dict[str, Any]) -> Any:
    """Call a function."""
    for view in views.values():
        if isinstance(view, Image.Image):
            return _guarded(compute, views)
    return compute(**views)


def _guarded(compute: Callable[..., Any], views: dict[str, Any]) -> Any:
    """Call it; undo what it does to a Pillow image that others share, and raise `ValueError` about it."""
    images = [(view, view.im, dict(vars(view))) for view in views.values() if isinstance(view, Image.Image)]
    try:
        return compute(**views)
    finally:
        changed = [(view, before) for view, pixels, before in images if view.im is not pixels]
        for view, before in changed:
            vars(view).clear()
            vars(view).update(before)
        if changed:
            raise ValueError("it changes an image that others share")


def _number(result: Any, dtype: str) -> float | int:
    """The number that a metric returned. Raises if it isn't one."""
    if dtype == "int":
        integer = operator.index(result)
        if not -(2**63) <= integer < 2**63:
            raise OverflowError(f"returned {integer}, which 64 bits can't hold")
        return integer
    if not isinstance(result, float):
        if isinstance(result, (str, bytes)):
            raise TypeError(f"returned {result!r}, not a number")
        if np.ndim(result):
            raise TypeError(f"returned an array of shape {np.shape(result)}, not a number")
    if not math.isfinite(number := float(result)):
        raise ValueError(f"returned {number}")
    return number


def is_passing(error: BaseException) -> bool:
    """Whether the system refused something, rather than that something is wrong with the image or the plugin."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)


def reason_of(error: BaseException) -> str:
    """What happened, on one line. An OSError's type adds nothing to what it says."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError):
        return error.strerror or text or type(error).__name__
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
