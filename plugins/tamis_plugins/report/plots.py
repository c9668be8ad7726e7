"""Plots as inline SVG: bars only; all text is beside them, so that it keeps its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tamis_plugins.report.distributions import Categories, Numbers
from tamis_plugins.report.markup import Markup, tag
from tamis_plugins.report.sets import INPUT, PRESELECTED, RANDOM, SELECTED
from tamis_plugins.report.wording import TITLES, number, share

WIDTH, HEIGHT = 300, 100
#: The sets of a plot, in the order drawn.
DRAWN = (INPUT, RANDOM, PRESELECTED, SELECTED)


def legend(sets: Sequence[str]) -> Markup:
    """Which line is which set."""
    return tag(
        "p", *(tag("span", TITLES[name], class_=f"key {name}") for name in DRAWN if name in sets), class_="legend"
    )


def histogram(numbers: Numbers, name: str, border: float | None = None) -> Markup:
    """The shares of each set in bars: the input filled, the others as outlines; with a line where a threshold is."""
    shares = {each: counts / max(1, counts.sum()) for each, counts in numbers.counts.items() if each in DRAWN}
    highest = max((float(part.max()) for part in shares.values()), default=0) or 1
    shapes = [
        tag("path", d=_outline(shares[each] / highest), class_=each, vector_effect="non-scaling-stroke")
        for each in DRAWN
        if each in shares and shares[each].any()
    ]
    low, high = numbers.range
    if border is not None and low <= border <= high and high > low:
        x = f"{WIDTH * (border - low) / (high - low):.1f}"
        shapes.append(tag("line", x1=x, x2=x, y1=0, y2=HEIGHT, class_="border", vector_effect="non-scaling-stroke"))
    told = ", ".join(
        f"{TITLES[each].lower()} median {number(numbers.summaries[each]['median'])}"
        for each in DRAWN
        if numbers.summaries.get(each)
    )
    svg = tag(
        "svg",
        *shapes,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Histogram of {name}: {told or 'no value'}",
        class_="histogram",
    )
    ends = tag("div", *(tag("span", number(end)) for end in numbers.range), class_="ends", aria_hidden="true")
    return tag("div", svg, ends)


def _outline(heights: npt.NDArray[np.float64]) -> str:
    """The steps over bars of these heights, from 0 to 1."""
    width = WIDTH / len(heights)
    steps = [f"M0 {HEIGHT}"]
    for place, height in enumerate(heights):
        steps.append(f"V{HEIGHT * (1 - 0.97 * height):.1f}H{width * (place + 1):.1f}")
    return "".join(steps) + f"V{HEIGHT}"


def bars(categories: Categories, name: str, targets: Mapping[str, float], most: int) -> list[list[Markup | str]]:
    """A row for each label: its name, and for each set a bar with the share; a mark where a target is."""
    scale = max((float(categories.shares(each).max(initial=0)) for each in categories.counts), default=0)
    scale = max(scale, *targets.values(), 1e-9) if targets else max(scale, 1e-9)
    rows: list[list[Markup | str]] = []
    shares = {each: categories.shares(each) for each in categories.counts}
    for place, label in enumerate(categories.labels[:most]):
        cells: list[Markup | str] = [tag("bdi", label)]
        for each, part in shares.items():
            count = categories.counts[each][place]
            cells.append(_bar(each, float(part[place]), float(count), scale, targets.get(label)))
        rows.append(cells)
    return rows


def _bar(name: str, part: float, count: float, scale: float, target: float | None) -> Markup:
    """A bar, the share and the count."""
    shapes = [tag("rect", x=0, y=0, width=f"{100 * part / scale:.2f}", height=10, class_=name)]
    if target is not None:
        x = f"{100 * target / scale:.2f}"
        shapes.append(tag("line", x1=x, x2=x, y1=0, y2=10, class_="border", vector_effect="non-scaling-stroke"))
    svg = tag("svg", *shapes, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true", class_="bar")
    return tag("span", svg, tag("span", f"{share(part)} ", tag("small", number(count))), class_="barred")
