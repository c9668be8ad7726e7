"""What each strategy picks of 300 points in the plane, beside RANDOM: drawn for its section of ``strategies.md``.

``generate.py`` writes them. The picks are those of `tamis.select`. The points are three clusters and some that lie
apart; a point's value grows to the right, and its class is its cluster.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

import tamis

#: Centre, spread, and number of points of each class; the last lies apart.
CLUSTERS = {
    "a": ((0.30, 0.62), 0.075, 140),
    "b": ((0.68, 0.30), 0.06, 90),
    "c": ((0.74, 0.76), 0.045, 45),
    "d": ((0.50, 0.50), 0.32, 25),
}
COLORS = {"a": "#7a9cc6", "b": "#c9a15f", "c": "#8fae7c", "d": "#a894b8"}
PICKS = 12
SIDE = 260
QUERY = (0.68, 0.30)
RANDOM = {"input": {"type": "RANDOM", "random_seed": 3}, "strategy": {"type": "WEIGHTS"}}
VALUE = {"type": "METADATA", "key": "value"}
EMBEDDINGS = {"type": "EMBEDDINGS"}

#: The strategies of a config by the strategy that they show, and what the picture is of.
SHOWN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "BALANCE": (
        [
            {
                "input": {"type": "METADATA", "key": "class"},
                "strategy": {"type": "BALANCE", "target": {"b": 0.5, "c": 0.5}},
            },
            {"input": {"type": "RANDOM", "random_seed": 3}, "strategy": {"type": "WEIGHTS", "strength": 0.01}},
        ],
        "BALANCE with the target half ochre, half green (and a little RANDOM)",
    ),
    "DIVERSITY": ([{"input": EMBEDDINGS, "strategy": {"type": "DIVERSITY"}}], "DIVERSITY of the positions"),
    "GIST": (
        [
            {"input": EMBEDDINGS, "strategy": {"type": "GIST"}},
            {"input": VALUE, "strategy": {"type": "WEIGHTS"}},
        ],
        "GIST of the positions, and WEIGHTS of the value, which grows to the right",
    ),
    "SIMILARITY": (
        [
            {
                "input": {"type": "EMBEDDINGS", "dataset_id": "query", "tag_name": "wanted"},
                "strategy": {"type": "SIMILARITY"},
            }
        ],
        "SIMILARITY to the point marked with a cross",
    ),
    "THRESHOLD": (
        [{"input": VALUE, "strategy": {"type": "THRESHOLD", "threshold": 0.6, "operation": "BIGGER"}}, RANDOM],
        "THRESHOLD: right of 0.6, and RANDOM",
    ),
    "TYPICALITY": (
        [{"input": EMBEDDINGS, "strategy": {"type": "TYPICALITY"}}],
        "TYPICALITY of the positions, alone",
    ),
    "WEIGHTS": ([{"input": VALUE, "strategy": {"type": "WEIGHTS"}}], "WEIGHTS of the value, which grows to the right"),
}


class Tags(tamis.Annotations):
    """One tag, of all samples that are asked for."""

    def tags(self) -> tuple[str, ...]:
        """Its name."""
        return ("wanted",)

    def tag(self, name: str) -> tuple[str, ...]:
        """The one sample."""
        return ("query",)


def points() -> tuple[np.ndarray[Any, Any], list[str]]:
    """Positions in the unit square, ``(300, 2)``, and the class of each; the same on every machine."""
    source = random.Random(5)  # noqa: S311 (a picture)
    found, classes = [], []
    for name, (centre, spread, count) in CLUSTERS.items():
        for _ in range(count):
            found.append([min(max(source.gauss(at, spread), 0.02), 0.98) for at in centre])
            classes.append(name)
    return np.array(found, dtype=np.float32), classes


def picked(strategies: list[dict[str, Any]]) -> list[int]:
    """Rows of the points in the order picked."""
    where, classes = points()
    names = [f"{row:03}" for row in range(len(where))]
    dataset = tamis.Dataset.from_embeddings(names, where).with_metadata({"value": where[:, 0], "class": classes})
    query = tamis.Dataset.from_embeddings(["query"], [QUERY])
    selection = tamis.select(
        dataset,
        {"n_samples": PICKS, "strategies": strategies},
        registry=tamis.Registry.built_in(),
        datasets={"query": attrs.evolve(query, annotations=Tags())},
    )
    return [int(name) for name in selection.selected]


def panel(title: str, rows: list[int], cross: bool) -> Iterator[str]:
    """All points in the colours of their classes, and those picked, numbered."""
    where, classes = points()
    x, y = (where * (SIDE - 24) + 12).T
    yield f'<rect width="{SIDE}" height="{SIDE}" fill="#fff" stroke="#bbb"/>'
    for name, color in COLORS.items():
        dots = "".join(f"M{x[row]:.1f} {SIDE - y[row]:.1f}h0" for row, each in enumerate(classes) if each == name)
        yield f'<path d="{dots}" stroke="{color}" stroke-width="5" stroke-linecap="round"/>'
    if cross:
        at, up = (part * (SIDE - 24) + 12 for part in QUERY)
        yield f'<path d="M{at - 7:.1f} {SIDE - up:.1f}h14m-7 -7v14" stroke="#b00" stroke-width="2"/>'
    for number, row in enumerate(rows, 1):
        place = f'x="{x[row]:.1f}" y="{SIDE - y[row] + 3:.1f}"'
        yield f'<circle cx="{x[row]:.1f}" cy="{SIDE - y[row]:.1f}" r="7" fill="#1d2430"/>'
        yield f'<text {place} fill="#fff" font-size="9" text-anchor="middle">{number}</text>'
    yield f'<text x="2" y="{SIDE + 16}" fill="#1d2430" font-size="12">{title}</text>'


def picture(strategy: str) -> str:
    """One strategy beside RANDOM, as SVG."""
    strategies = SHOWN[strategy][0]
    width, height = 2 * SIDE + 32, SIDE + 36
    left = "".join(panel(strategy, picked(strategies), strategy == "SIMILARITY"))
    right = "".join(panel("RANDOM", picked([RANDOM]), False))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif"><rect x="-8" y="-8" width="{width}" height="{height}" fill="#fff"/><g>{left}</g>'
        f'<g transform="translate({SIDE + 16})">{right}</g></svg>\n'
    )


def pictures() -> dict[str, str]:
    """All of them, by path below this folder."""
    return {f"pictures/{name.lower()}.svg": picture(name) for name in SHOWN}
