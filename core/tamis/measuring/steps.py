"""What is to be done with one image: each step once, in an order that works and keeps little in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import attrs

from tamis import errors
from tamis.declarations.metric import Metric
from tamis.declarations.view import ROOT_VIEWS, View
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric
from tamis.measuring.vectors import VIEW, Wanted

#: Stage and name of a step.
Key = tuple[str, str]
#: The step that tamis itself does before those of plugins, if any of them needs pixels.
DECODING = ("view", "image")


@attrs.frozen
class Step:
    """One function to call: a view's, a metric's, a task's, or what prepares an image for an embedder."""

    name: str
    stage: Literal["view", "metric", "object", "task", "embed"]
    plugin: Plugin
    compute: Callable[..., Any]
    needs: tuple[str, ...]
    dtype: str = ""
    """A metric's; empty for a view."""
    frees: tuple[str, ...] = ()
    """Views that no later step needs."""

    @property
    def key(self) -> Key:
        """Stage and name."""
        return self.stage, self.name


def steps_of(
    metrics: Iterable[Metric],
    jobs: Mapping[str, Job],
    embeddings: Mapping[str, Wanted],
    objects: Iterable[ObjectMetric],
    registry: Registry,
) -> tuple[Step, ...]:
    """The steps of these metrics, auto tasks, vectors and metrics of objects, and of all views that they need.

    Raises:
        PluginError: a view is unknown, blocked, broken or conflicting; or views need each other in a circle.
    """
    steps: list[Step] = []
    for metric in metrics:
        _add(steps, metric, (), registry)
    for name, job in jobs.items():
        plugin = registry.provider("task", job.task.name)
        _add_views(steps, job.needs, f"task '{job.task.name}' of {plugin}", (), registry)
        steps.append(Step(name, "task", plugin, job.predict, job.needs))
    embedders = {
        name: registry.provider("embedder", wanted.embedding.embedder.name) for name, wanted in embeddings.items()
    }
    for name, wanted in embeddings.items():
        who = f"embedder '{wanted.embedding.embedder.name}' of {embedders[name]}"
        _add_views(steps, (VIEW,), who, (), registry)
    steps = _warm_first(steps)
    for name, wanted in embeddings.items():  # after the tasks, whose objects they need
        steps.append(Step(name, "embed", embedders[name], wanted.cut, (VIEW,)))
    for of in objects:  # so do these
        metric = registry.metric(of.key)
        plugin = registry.provider("metric", of.key)
        steps.append(Step(of.name, "object", plugin, metric.compute, ("header", "image"), dtype=metric.dtype))
    return freeing(steps)


def needed_for(wanted: Collection[Key], steps: Sequence[Step]) -> list[Step]:
    """Those of some steps that yield what is wanted, and the views that they need, directly or not, in order."""
    found: list[Step] = []
    needed: set[str] = set()
    for step in reversed(steps):
        if step.key in wanted or (step.stage == "view" and step.name in needed):
            found.append(step)
            needed |= set(step.needs)
    return found[::-1]


def freeing(steps: Iterable[Step]) -> tuple[Step, ...]:
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
