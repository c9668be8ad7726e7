"""Plugins as their authors write them; must pass mypy and pyright at their strictest, and is never run."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tamis import (
    About,
    AnnotationFormat,
    Annotations,
    Column,
    Context,
    Embedder,
    Evidence,
    ExecutorFactory,
    Export,
    Failure,
    Header,
    Images,
    InputProvider,
    Issue,
    Kind,
    Listing,
    MadeSection,
    Memory,
    Metadata,
    MetadataField,
    Metric,
    Objective,
    Params,
    Predictions,
    PredictionsBuilder,
    Ratings,
    Registry,
    Report,
    Scorer,
    Section,
    Selection,
    Source,
    Strategy,
    Subject,
    Task,
    TaskSchema,
    View,
    blocks,
    check_output,
    errors,
    hookimpl,
    output_file,
    output_folder,
)
from tamis.testing import (
    CheckResult,
    check_annotation_format,
    check_executor,
    check_export,
    check_issue,
    check_metric,
    check_section,
    check_source,
    check_strategy,
    parametrize_with_checks,
)


def rows(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    means: npt.NDArray[np.float64] = gray.mean(axis=1)
    return means


def area(header: Header) -> int:
    return header.width * header.height


def brightest(gray: npt.NDArray[np.uint8]) -> np.uint8:
    found: np.uint8 = gray.max()
    return found


def middle(gray: npt.NDArray[np.uint8]) -> np.floating[Any]:
    return np.median(gray)


def nothing(gray: npt.NDArray[np.uint8]) -> None:
    pass


@hookimpl
def tamis_views() -> Iterator[View]:
    yield View("acme_rows", rows, doc="(H,) float64")


@hookimpl
def tamis_metrics() -> Iterator[Metric]:
    yield Metric("acme.area", area, dtype="int", range=(1, None), unit="px")
    yield Metric("acme.brightest", brightest, dtype="int")
    yield Metric("acme.middle", middle)
    yield Metric("acme.nothing", nothing)  # type: ignore[arg-type]


def kind(params: Params, about: About) -> Kind:
    if about.metric("acme.area").dtype != "int":
        raise errors.ParameterError("table", "no")
    return Kind.SCALAR


def provide(params: Params, context: Context) -> Column:
    return Column("T", Kind.SCALAR, np.zeros(len(context.samples)), reasons={0: "none"})


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    return [InputProvider("T", provide, kind=kind, schema={"properties": {"table": {"type": "string"}}})]


class Largest(Objective):
    def __init__(self, column: Column, params: Params) -> None:
        self._values = column.values

    def values(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        return np.asarray(self._values[rows], dtype=np.float64)

    def add(self, row: int) -> None:
        pass


class Nearest(Largest):
    """What it takes beside the two, and in which order, is its own."""

    def __init__(
        self, column: Column, params: Params, *, recall: float | None, rows: npt.NDArray[np.intp], memory: Memory
    ) -> None:
        super().__init__(column, params)
        self._copied = memory.take(column.values, rows)
        self.reach = recall


class Followed(Largest):
    def __init__(self, column: Column, params: Params, report: Report) -> None:
        super().__init__(column, params)
        report(1, 1)


def unique(column: Column, params: Params, report: Callable[[int, int], None]) -> npt.NDArray[np.bool_]:
    report(len(column), len(column))
    return np.ones(len(column), dtype=bool)


@hookimpl
def tamis_strategies() -> list[Strategy]:
    return [
        Strategy("LARGEST", accepts={Kind.SCALAR}, objective=Largest),
        Strategy("NEAREST", accepts={Kind.SCALAR}, objective=Nearest),
        Strategy("FOLLOWED", accepts={Kind.SCALAR}, objective=Followed),
        Strategy("NO_OBJECTIVE", accepts={Kind.SCALAR}, objective=area),  # type: ignore[arg-type]
        Strategy("UNIQUE", accepts={Kind.VECTOR}, filter=unique),
    ]


def crowded(predictions: Predictions) -> npt.NDArray[np.float64]:
    return predictions.total(np.ones(len(predictions.scores)))


@hookimpl
def tamis_scorers() -> list[Scorer]:
    return [Scorer("crowded", crowded, task_types=["object-detection"])]


def left(header: Header, options: Params) -> list[dict[str, Any]]:
    return [{"category_id": 0, "bbox": [0, 0, header.width * options["share"], header.height]}]


def names(params: Params) -> tuple[str, ...]:
    return ("left",)


@hookimpl
def tamis_tasks() -> list[Task]:
    return [Task("LEFT", left, task_type="object-detection", categories=names)]


def mean_colors(images: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float64]:
    return np.stack([image.mean(axis=(0, 1)) for image in images])


@hookimpl
def tamis_embedders() -> list[Embedder]:
    return [Embedder("mean_colors", mean_colors, dim=3, version="1")]


class Files(Images):
    def __init__(self, root: str) -> None:
        self.root = root

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return Path(self.root, name).open("rb")

    def fingerprint(self, name: str) -> str | None:
        return None

    def path(self, name: str) -> Path | None:
        return Path(self.root, name)


def list_files(location: str, options: Params) -> Listing:
    names = [path.name for path in Path(location).glob(options["pattern"])]
    if not names:
        raise errors.DatasetError(f"{location}: nothing is there")
    return Listing(
        names,
        Files(location),
        failures=[Failure("a", "list", None, "why")],
        ignored=1,
        parts=[0],
        annotations=[Notes(location)],
    )


def is_folder(location: str) -> bool:
    return Path(location).is_dir()


@hookimpl
def tamis_sources() -> list[Source]:
    pattern = {"type": "string", "default": "*"}
    return [
        Source(
            "acme",
            list_files,
            schemes=["acme"],
            suffixes=(".acme",),
            recognizes=is_folder,
            fallback=True,
            schema={"properties": {"pattern": pattern}},
        )
    ]


class Notes(Annotations):
    def __init__(self, where: str) -> None:
        self.where = where

    def tasks(self) -> Collection[str]:
        return ["cars"]

    def task(self, name: str) -> TaskSchema:
        return TaskSchema(name, "object-detection", range(1), ["car"]) if name == "cars" else super().task(name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        report(0, len(samples))
        builder = PredictionsBuilder(self.task(name), len(samples))
        builder.add({0: [{"category_id": 0, "bbox": [0, 0, 4, 4], "score": 0.5}]})
        builder.reasons[1] = "wrong"
        return builder.build(("orphan",), self.where)

    def fields(self) -> Mapping[str, MetadataField]:
        refused = MetadataField("flag", Kind.CATEGORY, refusal="no")
        return {"price": MetadataField("price", Kind.SCALAR), refused.key: refused}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        column = Column("price", Kind.SCALAR, np.zeros(len(samples)))
        return Metadata(dict.fromkeys(keys, column), ("a note",))

    def tags(self) -> Collection[str]:
        return ("first",)

    def tag(self, name: str) -> Sequence[str]:
        return [] if name == "first" else super().tag(name)

    def tag_file(self, name: str) -> Path:
        return Path(self.where, name)

    def vectors(self, name: str) -> Path | None:
        return None


def read(location: str, options: Params) -> Notes:
    return Notes(location)


def write_task(location: str, samples: Sequence[str], predictions: Predictions) -> str:
    task = predictions.schema.name
    with output_folder(Path(location, task), force=False) as folder:
        for name, count in zip(samples, predictions.counts.tolist(), strict=True):
            (folder / f"{name}.json").write_text(json.dumps(count))
    return f"{location}/{task}"


def check_task(location: str, task: str) -> None:
    check_output(Path(location, task), force=False, folder=True)


@hookimpl
def tamis_annotation_formats() -> Iterator[AnnotationFormat]:
    yield AnnotationFormat("acme", read, write=write_task, check=check_task, schema={}, doc="Notes.")


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    images = selection.dataset.images
    with output_file(target, force=options["force"]) as file:
        for name, rank in selection.ranks.items():
            path = images.path(name) if images else None
            file.write(f"{rank} {path}\n".encode())
    yield f"{len(selection.selected)} of {len(selection.samples)} samples -> {target}"


def check_target(target: str, options: Params) -> None:
    check_output(target, force=options["force"])


@hookimpl
def tamis_exports() -> list[Export]:
    force = {"type": "boolean", "default": False}
    return [
        Export(
            "acme", write, describe=describe, check=check_target, schema={"properties": {"force": force}}, doc="Ranks."
        )
    ]


def describe(subject: Subject, target: str, options: Params, registry: Registry) -> Iterator[str]:
    made: tuple[MadeSection, ...] = subject.make_sections(["overview"], without=["map"], registry=registry)
    yield from (f"{each.name}: {each.problem or each.blocks}" for each in made)


def numbers(subject: Subject) -> dict[str, int]:
    return {name: len(rows) for name, rows in subject.sets.items()}


def shown(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    counted: dict[str, int] = subject.once(numbers)
    rows: list[list[blocks.Cell]] = [[name, count, None, 0.5] for name, count in counted.items()]
    yield blocks.Table("Sets", ["Set", "Samples", "Nothing", "Half"], rows, total=True)
    yield blocks.Group("Plots", [blocks.Lines("Line", [1, 2], {"input": [0.5, 1]}, axis="pick")])
    yield blocks.Histogram("Numbers", {"input": np.array([1, 2])}, (0, 1), mark=0.5)
    yield blocks.Bars("Shares", ["a"], {"selected": [3]}, targets={"a": 0.5})
    ranks: Mapping[str, int] = subject.selection.ranks if subject.selection else {}
    cards = (blocks.Card(name, label=str(rank)) for name, rank in ranks.items())
    yield blocks.Halves([blocks.Gallery(cards, fills=True), blocks.Folded("More", [blocks.Code("x")])])
    yield blocks.Map("Map", np.zeros((1, 2)), [0], groups={"selected": [0]})
    for finding in subject.findings:
        yield blocks.Notes([finding.name, *finding.told])


@hookimpl
def tamis_sections() -> list[Section]:
    return [Section("acme", shown, title="Acme", position=65.5, schema={}, doc="Sets.")]


class Threads(ThreadPoolExecutor):
    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.jobs = jobs


def make(options: Params) -> Executor:
    return Threads(options["jobs"])


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    jobs = {"type": "integer", "minimum": 1, "default": 2}
    return [ExecutorFactory("acme", make, schema={"properties": {"jobs": jobs}}, doc="Threads.")]


def rate(evidence: Evidence) -> Ratings | None:
    if not evidence.predictions:
        return None
    values = (evidence.metrics["acme.x"].values * evidence.sizes[:, 0]).astype(np.float64)
    words = {row: str(failure) for row, failure in enumerate(evidence.failures)}
    return Ratings(values, words, ["all are wide"])


@hookimpl
def tamis_issues() -> Iterator[Issue]:
    yield Issue("acme_dark", key="acme.x", below=0.1, words="dark", source="a guess", doc="Dark.")
    yield Issue("acme_unsure", input={"type": "SCORES", "task": "a", "score": "b"}, above=1)
    yield Issue("acme_wide", rate=rate, needs=["acme.x"], above=3)


@parametrize_with_checks(*tamis_tasks(), *tamis_embedders(), expected_failures={"pickles": "why"})
def test_conformance(check: Callable[[], None]) -> None:
    check()


def reasons() -> list[str]:
    strategy = tamis_strategies()[0]
    results: list[CheckResult] = [
        *check_metric(next(tamis_metrics()), plugins=list(tamis_views())),
        *check_strategy(strategy, params=[{"a": 1}]),
        *check_source(tamis_sources()[0], location="photos", options={"pattern": "*.png"}),
        *check_annotation_format(next(tamis_annotation_formats()), location="notes"),
        *check_export(tamis_exports()[0], params=[{"force": True}]),
        *check_section(tamis_sections()[0], params=[{}]),
        *check_executor(tamis_executors()[0], params=[{"jobs": 3}]),
        *check_issue(next(tamis_issues()), plugins=list(tamis_metrics())),
    ]
    return [f"{result.subject} {result.name}: {result.reason}" for result in results if result.status == "failed"]
