"""Plugins as their authors write them; must pass mypy and pyright at their strictest, and is never run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import (
    About,
    Column,
    Context,
    Embedder,
    Header,
    InputProvider,
    Kind,
    Metric,
    Objective,
    Params,
    Predictions,
    Scorer,
    Strategy,
    Task,
    View,
    errors,
    hookimpl,
)
from tamis.testing import CheckResult, check_metric, check_strategy, parametrize_with_checks


def rows(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    means: npt.NDArray[np.float64] = gray.mean(axis=1)
    return means


def area(header: Header) -> int:
    return header.width * header.height


@hookimpl
def tamis_views() -> Iterator[View]:
    yield View("acme_rows", rows, doc="(H,) float64")


@hookimpl
def tamis_metrics() -> Iterator[Metric]:
    yield Metric("acme.area", area, dtype="int", range=(1, None), unit="px")


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


def unique(column: Column, params: Params, report: Callable[[int, int], None]) -> npt.NDArray[np.bool_]:
    report(len(column), len(column))
    return np.ones(len(column), dtype=bool)


@hookimpl
def tamis_strategies() -> list[Strategy]:
    return [
        Strategy("LARGEST", accepts={Kind.SCALAR}, objective=Largest),
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


@parametrize_with_checks(*tamis_tasks(), *tamis_embedders(), expected_failures={"pickles": "why"})
def test_conformance(check: Callable[[], None]) -> None:
    check()


def reasons() -> list[str]:
    strategy = tamis_strategies()[0]
    results: list[CheckResult] = [
        *check_metric(next(tamis_metrics()), plugins=list(tamis_views())),
        *check_strategy(strategy, params=[{"a": 1}]),
    ]
    return [f"{result.subject} {result.name}: {result.reason}" for result in results if result.status == "failed"]
