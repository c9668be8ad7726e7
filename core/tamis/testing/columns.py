"""Columns of every kind, for strategies to work on."""

from __future__ import annotations

from typing import Any

import numpy as np

from tamis import About, Column, Context, Dataset, InputProvider, Kind, Params

ROWS = 12
LABELS = ("a", "b", "c")


def columns(kind: Kind) -> dict[str, Column]:
    """Columns of one kind with a row for each of `ROWS` samples, by what is special about them."""
    random = np.random.default_rng(0)
    points = random.normal(size=(ROWS, 4))

    def column(values: Any, **fields: Any) -> Column:
        return Column("TESTING", kind, np.asarray(values), **fields)

    if kind is Kind.SCALAR:
        return {
            "numbers": column(random.random(ROWS) * 10),
            "integers": column(np.arange(ROWS) % 5),
            "negative numbers": column(random.normal(size=ROWS)),
            "equal numbers": column(np.full(ROWS, 2.5)),
            "zeros": column(np.zeros(ROWS)),
        }
    if kind is Kind.CATEGORY:
        return {
            "categories": column(np.arange(ROWS) % len(LABELS), labels=LABELS),
            "one category": column(np.zeros(ROWS, dtype=np.int64), labels=LABELS),
        }
    if kind is Kind.DISTRIBUTION:
        amounts = random.random((ROWS, len(LABELS)))
        return {
            "amounts": column(amounts, labels=LABELS),
            "counts with empty rows": column(random.integers(0, 2, amounts.shape), labels=LABELS),
            "zeros": column(np.zeros_like(amounts), labels=LABELS),
        }
    special = {"points": points, "equal points": np.ones_like(points), "zeros": np.zeros_like(points)}
    if kind is Kind.VECTOR:
        return {name: column(values) for name, values in special.items()}
    if kind is Kind.QUERY:
        return {name: column(values, query=values[:2]) for name, values in special.items()}
    offsets = np.cumsum([0, *(row % 3 for row in range(ROWS))])
    return {name: column(values[: offsets[-1]], offsets=offsets) for name, values in special.items()}


def dataset() -> Dataset:
    """That many tiny images."""
    shades = [np.full((2, 2, 3), 20 * row, dtype=np.uint8) for row in range(ROWS)]
    return Dataset.from_images([f"{row:02}.png" for row in range(ROWS)], shades)


def _kind(params: Params, about: About) -> Kind:
    return Kind[params["kind"]]


def _provide(params: Params, context: Context) -> Column:
    return columns(Kind[params["kind"]])[params["column"]]


_NAME = {"type": "string"}
#: An input that yields any of these columns.
TESTING = InputProvider(
    "TESTING", _provide, kind=_kind, schema={"properties": {"kind": _NAME, "column": _NAME}}, doc="Columns of the kit."
)
