"""Plots as inline SVG: shapes only; all text is beside them, so that it keeps its size."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
import numpy.typing as npt

from tamis import blocks
from tamis_plugins.report.bounds import LABELS
from tamis_plugins.report.markup import Child, Markup, join, tag
from tamis_plugins.report.series import Series
from tamis_plugins.report.tables import table
from tamis_plugins.statistics.wording import number, share

WIDTH, HEIGHT = 300, 100
#: How much of the height is drawn on, so that a line along the top is seen whole.
USED = 0.97


@attrs.frozen(eq=False)
class Plots:
    """Draws the plots of a page.

    Attributes:
        series: How each series looks.
    """

    series: Series

    def legend(self, names: Iterable[str]) -> Markup:
        """Which line is which series."""
        keys = (tag("span", self.series.title(name), class_=f"key {self.series.look(name)}") for name in names)
        return tag("p", *keys, class_="legend")

    def histogram(self, block: blocks.Histogram) -> Markup:
        """The shares of each series in bars: the input filled, the others as outlines; with a line at the mark."""
        order = self.series.drawn(block.counts)
        shares = {name: block.counts[name] / max(1.0, block.counts[name].sum()) for name in order}
        highest = max((float(part.max(initial=0)) for part in shares.values()), default=0) or 1
        shapes = [
            _path(_outline(part / highest), self.series.look(name, alone=len(order) == 1))
            for name, part in shares.items()
            if part.any()
        ]
        low, high = block.limits
        if block.mark is not None and low <= block.mark <= high and high > low:
            x = f"{WIDTH * (block.mark - low) / (high - low):.1f}"
            shapes.append(tag("line", x1=x, x2=x, y1=0, y2=HEIGHT, class_="border", vector_effect="non-scaling-stroke"))
        return _plot(
            shapes,
            f"Histogram of {block.name}: {block.told or ', '.join(map(self.series.title, order))}",
            [*map(number, block.limits)],
        )

    def lines(self, block: blocks.Lines) -> Markup:
        """A line for each series; where there is no value, it has a gap."""
        known = [part[np.isfinite(part)] for part in block.values.values()]
        every = np.concatenate([*known, np.zeros(0)])
        low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
        left, right = (float(block.x[0]), float(block.x[-1])) if len(block.x) else (0.0, 1.0)
        order = self.series.drawn(block.values)
        x = WIDTH * (block.x - left) / ((right - left) or 1)
        shapes = [
            _path(_line(x, (block.values[name] - low) / ((high - low) or 1)), self.series.look(name, line=True))
            for name in order
        ]
        told = "; ".join(
            f"{self.series.title(name)} from {number(float(part[0]))} to {number(float(part[-1]))}"
            for name, part in zip(block.values, known, strict=True)
            if len(part)
        )
        axis = f", by {block.axis}" if block.axis else ""
        height = tag("p", f"{block.name}: from {number(low)} to {number(high)}{axis}", class_="aside")
        return join(height, _plot(shapes, f"{block.name}{axis}: {told or 'no value'}", [number(left), number(right)]))

    def bars(self, block: blocks.Bars) -> Markup:
        """A row for each label: for each series a bar with the share, and a mark where a target is."""
        shares = {name: part / (part.sum() or 1) for name, part in block.counts.items()}
        scale = max([1e-9, *block.targets.values(), *(float(part.max(initial=0)) for part in shares.values())])
        header: list[Child] = [block.of, *map(self.series.title, shares)]
        header += ["Target"] if block.targets else []
        rows = []
        for place, label in enumerate(block.labels[:LABELS]):
            target = block.targets.get(label)
            cells: list[Child] = [tag("bdi", label)]
            for name, part in shares.items():
                count = float(block.counts[name][place])
                cells.append(_bar(self.series.look(name), float(part[place]), count, scale, target))
            if block.targets:
                cells.append("" if target is None else share(target))
            rows.append(cells)
        drawn = table(block.caption, header, rows, unseen=not block.captioned, bars=True)
        total = len(block.labels)
        rest = f"The first {LABELS} of {total:,} rows are shown; the shares are those of all."
        return join(drawn, tag("p", rest, class_="aside") if total > LABELS else None)


def _plot(shapes: list[Markup], told: str, ends: list[str]) -> Markup:
    """A drawing, and where its axis begins and ends."""
    svg = tag(
        "svg",
        *shapes,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=told,
        class_="histogram",
    )
    return tag("div", svg, tag("div", *(tag("span", end) for end in ends), class_="ends", aria_hidden="true"))


def _path(path: str, look: str) -> Markup:
    return tag("path", d=path, class_=look, vector_effect="non-scaling-stroke")


def _line(x: npt.NDArray[np.float64], heights: npt.NDArray[np.float64]) -> str:
    """Through points of these heights, from 0 to 1."""
    steps, pen = [], "M"
    for place, height in zip(x.tolist(), heights.tolist(), strict=True):
        if not np.isfinite(height):
            pen = "M"
            continue
        steps.append(f"{pen}{place:.1f} {HEIGHT * (1 - USED * height):.1f}")
        pen = "L"
    return "".join(steps)


def _outline(heights: npt.NDArray[np.float64]) -> str:
    """The steps over bars of these heights, from 0 to 1."""
    width = WIDTH / len(heights)
    steps = [f"M0 {HEIGHT}"]
    for place, height in enumerate(heights):
        steps.append(f"V{HEIGHT * (1 - USED * height):.1f}H{width * (place + 1):.1f}")
    return "".join(steps) + f"V{HEIGHT}"


def _bar(look: str, part: float, count: float, scale: float, target: float | None) -> Markup:
    """A bar, the share and the count."""
    shapes = [tag("rect", x=0, y=0, width=f"{100 * part / scale:.2f}", height=10, class_=look)]
    if target is not None:
        x = f"{100 * target / scale:.2f}"
        shapes.append(tag("line", x1=x, x2=x, y1=0, y2=10, class_="border", vector_effect="non-scaling-stroke"))
    svg = tag("svg", *shapes, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true", class_="bar")
    return tag("span", svg, tag("span", f"{share(part)} ", tag("small", number(count))), class_="barred")
