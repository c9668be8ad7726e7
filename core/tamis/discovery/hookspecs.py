"""The hooks that plugin modules implement, and the entry-point group of each.

A hook takes no argument, is called once, when a key of its plugin is first used, and yields declarations.
The entry-point table is the manifest: the group says which hook, the name is the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import attrs
import pluggy

from tamis.declarations.embedder import Embedder
from tamis.declarations.input import InputProvider
from tamis.declarations.metric import Metric
from tamis.declarations.scorer import Scorer
from tamis.declarations.strategy import Strategy
from tamis.declarations.task import Task
from tamis.declarations.view import View

#: Version of this contract; `tamis plugins` shows it.
HOOK_API = 1

hookspec = pluggy.HookspecMarker("tamis")
#: Marks the implementation of a hook in a plugin module.
hookimpl = pluggy.HookimplMarker("tamis")


class Hooks:
    """Every hook, with a complete example of a module that implements it."""

    @hookspec
    def tamis_input_providers(self) -> Iterable[InputProvider]:  # type: ignore[empty-body]
        """Input types of the selection config. Entry-point group ``tamis.inputs``.

        Example::

            import numpy as np
            from tamis import Column, InputProvider, Kind, hookimpl

            def kind(params, about):
                return Kind.SCALAR

            def name_length(params, context):
                lengths = [len(sample) for sample in context.samples]
                return Column("NAME_LENGTH", Kind.SCALAR, np.array(lengths))

            @hookimpl
            def tamis_input_providers():
                yield InputProvider("NAME_LENGTH", name_length, kind=kind)
        """

    @hookspec
    def tamis_metrics(self) -> Iterable[Metric]:  # type: ignore[empty-body]
        """Numbers measured on each image. Entry-point group ``tamis.metrics``.

        Example::

            from tamis import Metric, hookimpl

            def saturated(gray):
                return (gray == 255).mean()

            @hookimpl
            def tamis_metrics():
                yield Metric("acme.saturated", saturated, range=(0, 1))
        """

    @hookspec
    def tamis_views(self) -> Iterable[View]:  # type: ignore[empty-body]
        """Derived images that metrics share. Entry-point group ``tamis.views``.

        Example::

            import numpy as np
            from tamis import View, hookimpl

            def acme_rows(gray):
                return gray.mean(axis=1)

            @hookimpl
            def tamis_views():
                yield View("acme_rows", acme_rows, doc="(H,) float64, mean grey value of each row.")
        """

    @hookspec
    def tamis_scorers(self) -> Iterable[Scorer]:  # type: ignore[empty-body]
        """Numbers from predictions, for the SCORES input. Entry-point group ``tamis.scorers``.

        Example::

            from tamis import Scorer, hookimpl

            def crowded(predictions):
                return predictions.counts / max(predictions.counts.max(), 1)

            @hookimpl
            def tamis_scorers():
                yield Scorer("acme_crowded", crowded, task_types=["object-detection"])
        """

    @hookspec
    def tamis_tasks(self) -> Iterable[Task]:  # type: ignore[empty-body]
        """Tasks that predict from images. Entry-point group ``tamis.tasks``.

        Example::

            from tamis import Task, hookimpl

            def centre(header):
                width, height = header.width / 2, header.height / 2
                return [{"category_id": 0, "score": 1.0, "bbox": [width / 2, height / 2, width, height]}]

            @hookimpl
            def tamis_tasks():
                yield Task("ACME_CENTRE", centre, task_type="object-detection", categories=lambda params: ["centre"])
        """

    @hookspec
    def tamis_embedders(self) -> Iterable[Embedder]:  # type: ignore[empty-body]
        """Embedders, for the EMBEDDINGS input. Entry-point group ``tamis.embedders``.

        Example::

            import numpy as np
            from tamis import Embedder, hookimpl

            def mean_colors(images):
                return np.stack([image.mean(axis=(0, 1)) for image in images])

            @hookimpl
            def tamis_embedders():
                yield Embedder("acme_mean_color", mean_colors, dim=3, version="1")
        """

    @hookspec
    def tamis_strategies(self) -> Iterable[Strategy]:  # type: ignore[empty-body]
        """Strategy types of the selection config. Entry-point group ``tamis.strategies``.

        Example::

            from tamis import Kind, Strategy, hookimpl

            def above_mean(column, params):
                return column.values > column.values[column.valid].mean()

            @hookimpl
            def tamis_strategies():
                yield Strategy("ACME_ABOVE_MEAN", accepts={Kind.SCALAR}, filter=above_mean)
        """


PluginKind = Literal["input", "metric", "view", "scorer", "strategy", "embedder", "task"]


@attrs.frozen
class ExtensionPoint:
    """One kind of plugin: where its entry points are, which hook it implements, what that yields."""

    kind: PluginKind
    group: str
    hook: str
    declaration: type[Any]
    key: str
    """The declaration's attribute that holds the key."""


EXTENSION_POINTS: dict[PluginKind, ExtensionPoint] = {
    point.kind: point
    for point in (
        ExtensionPoint("input", "tamis.inputs", "tamis_input_providers", InputProvider, "type"),
        ExtensionPoint("metric", "tamis.metrics", "tamis_metrics", Metric, "key"),
        ExtensionPoint("view", "tamis.views", "tamis_views", View, "name"),
        ExtensionPoint("scorer", "tamis.scorers", "tamis_scorers", Scorer, "name"),
        ExtensionPoint("strategy", "tamis.strategies", "tamis_strategies", Strategy, "type"),
        ExtensionPoint("embedder", "tamis.embedders", "tamis_embedders", Embedder, "name"),
        ExtensionPoint("task", "tamis.tasks", "tamis_tasks", Task, "name"),
    )
}
