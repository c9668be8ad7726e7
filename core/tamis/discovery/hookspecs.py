"""The hooks that plugin modules implement, and the entry-point group of each.

A hook takes no argument, is called once, when a key of its plugin is first used, and yields declarations.
The entry-point table is the manifest: the group says which hook, the name is the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pluggy

if TYPE_CHECKING:
    from tamis.declarations.annotations import AnnotationFormat
    from tamis.declarations.embedder import Embedder
    from tamis.declarations.executor import ExecutorFactory
    from tamis.declarations.export import Export
    from tamis.declarations.input import InputProvider
    from tamis.declarations.issue import Issue
    from tamis.declarations.metric import Metric
    from tamis.declarations.scorer import Scorer
    from tamis.declarations.section import Section
    from tamis.declarations.source import Source
    from tamis.declarations.strategy import Strategy
    from tamis.declarations.task import Task
    from tamis.declarations.view import View


#: Version of this contract; `tamis plugins` shows it.
HOOK_API = 3

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

    @hookspec
    def tamis_sources(self) -> Iterable[Source]:  # type: ignore[empty-body]
        """Places where images are. Entry-point group ``tamis.sources``.

        Example::

            from pathlib import Path

            from tamis import Images, Listing, Source, errors, hookimpl

            class Frames(Images):
                def __init__(self, folder):
                    self.folder = folder

                def open(self, name):
                    return Path(self.folder, f"{name}.png").open("rb")

            def open_frames(location, options):
                names = sorted(path.stem for path in Path(location).glob("*.png"))
                if not names:
                    raise errors.DatasetError(f"{location}: no PNG image is there")
                return Listing(names, Frames(location))

            @hookimpl
            def tamis_sources():
                yield Source("acme_frames", open_frames, doc="PNG images of a folder, named without suffix.")
        """

    @hookspec
    def tamis_annotation_formats(self) -> Iterable[AnnotationFormat]:  # type: ignore[empty-body]
        """Formats of predictions, labels and metadata. Entry-point group ``tamis.annotations``.

        Example::

            import json
            import os

            import numpy as np
            from tamis import AnnotationFormat, Annotations, Column, Kind, Metadata, MetadataField, errors, hookimpl

            class Prices(Annotations):
                def __init__(self, path):
                    self.where = path

                def fields(self):
                    return {"price": MetadataField("price", Kind.SCALAR)}

                def metadata(self, keys, samples, report):
                    with open(self.where) as file:
                        prices = json.load(file)
                    values = np.array([prices.get(sample, np.nan) for sample in samples])
                    reasons = {row: "no price" for row in np.flatnonzero(np.isnan(values)).tolist()}
                    return Metadata({"price": Column("price", Kind.SCALAR, values, reasons=reasons)})

            def read(location, options):
                if not os.path.isfile(location):
                    raise errors.DatasetError(f"{location}: there is no such file")
                return Prices(location)

            @hookimpl
            def tamis_annotation_formats():
                yield AnnotationFormat("acme_prices", read, doc="A JSON object with a price for each sample.")
        """

    @hookspec
    def tamis_exports(self) -> Iterable[Export]:  # type: ignore[empty-body]
        """Places and forms that a selection is carried to. Entry-point group ``tamis.exports``.

        Example::

            import json
            from tamis import Export, hookimpl, output_file

            def write(selection, target, options):
                with output_file(target, force=False) as file:
                    file.write(json.dumps(selection.ranks).encode())
                yield f"{len(selection.selected)} samples -> {target}"

            @hookimpl
            def tamis_exports():
                yield Export("acme_ranks", write, doc="A JSON object with the rank of each selected sample.")
        """

    @hookspec
    def tamis_sections(self) -> Iterable[Section]:  # type: ignore[empty-body]
        """Parts of a report, as blocks that its page draws. Entry-point group ``tamis.sections``.

        Example::

            from tamis import Section, blocks, hookimpl

            def make(subject, options):
                long = sorted(subject.samples, key=len, reverse=True)[:10]
                yield blocks.Table("Long names", ["Sample", "Letters"], [[name, len(name)] for name in long])

            @hookimpl
            def tamis_sections():
                yield Section("acme_names", make, title="Names", doc="The samples with the longest names.")
        """

    @hookspec
    def tamis_executors(self) -> Iterable[ExecutorFactory]:  # type: ignore[empty-body]
        """Where images are measured. Entry-point group ``tamis.executors``.

        Example::

            from concurrent.futures import ProcessPoolExecutor

            from tamis import ExecutorFactory, hookimpl

            class Pool(ProcessPoolExecutor):
                jobs = 2

            def make(options):
                return Pool(Pool.jobs)

            @hookimpl
            def tamis_executors():
                yield ExecutorFactory("acme_pool", make, doc="Two processes of this machine.")
        """

    @hookspec
    def tamis_issues(self) -> Iterable[Issue]:  # type: ignore[empty-body]
        """What may be wrong with samples, for ``tamis inspect``. Entry-point group ``tamis.issues``.

        Example::

            from tamis import Issue, hookimpl

            @hookimpl
            def tamis_issues():
                yield Issue("acme_flat", key="lightly.contrast", below=0.05, words="flat", doc="Fog, or a lid.")
        """


PluginKind = Literal[
    "input",
    "metric",
    "view",
    "scorer",
    "strategy",
    "embedder",
    "task",
    "source",
    "annotation",
    "export",
    "section",
    "executor",
    "issue",
]


@attrs.frozen
class ExtensionPoint:
    """One kind of plugin: where its entry points are, which hook it implements, what that yields."""

    kind: PluginKind
    group: str
    hook: str
    where: str
    """The class of declarations, as ``module:class``: imported when it is asked for, so that listing stays quick."""
    key: str
    """The declaration's attribute that holds the key."""

    @property
    def declaration(self) -> type[Any]:
        """The class of what the hook yields."""
        module, _, name = self.where.partition(":")
        declaration: type[Any] = getattr(import_module(f"tamis.declarations.{module}"), name)
        return declaration


EXTENSION_POINTS: dict[PluginKind, ExtensionPoint] = {
    point.kind: point
    for point in (
        ExtensionPoint("input", "tamis.inputs", "tamis_input_providers", "input:InputProvider", "type"),
        ExtensionPoint("metric", "tamis.metrics", "tamis_metrics", "metric:Metric", "key"),
        ExtensionPoint("view", "tamis.views", "tamis_views", "view:View", "name"),
        ExtensionPoint("scorer", "tamis.scorers", "tamis_scorers", "scorer:Scorer", "name"),
        ExtensionPoint("strategy", "tamis.strategies", "tamis_strategies", "strategy:Strategy", "type"),
        ExtensionPoint("embedder", "tamis.embedders", "tamis_embedders", "embedder:Embedder", "name"),
        ExtensionPoint("task", "tamis.tasks", "tamis_tasks", "task:Task", "name"),
        ExtensionPoint("source", "tamis.sources", "tamis_sources", "source:Source", "name"),
        ExtensionPoint(
            "annotation", "tamis.annotations", "tamis_annotation_formats", "annotations:AnnotationFormat", "name"
        ),
        ExtensionPoint("export", "tamis.exports", "tamis_exports", "export:Export", "name"),
        ExtensionPoint("section", "tamis.sections", "tamis_sections", "section:Section", "name"),
        ExtensionPoint("executor", "tamis.executors", "tamis_executors", "executor:ExecutorFactory", "name"),
        ExtensionPoint("issue", "tamis.issues", "tamis_issues", "issue:Issue", "name"),
    )
}
