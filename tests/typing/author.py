"""Plugins as their authors write them; must pass ``mypy --strict``, and is never run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tamis import (
    About,
    Column,
    Context,
    Header,
    InputProvider,
    Kind,
    Metric,
    Objective,
    Params,
    Strategy,
    View,
    errors,
    hookimpl,
)


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


@hookimpl
def tamis_strategies() -> list[Strategy]:
    return [Strategy("LARGEST", accepts={Kind.SCALAR}, objective=Largest)]
