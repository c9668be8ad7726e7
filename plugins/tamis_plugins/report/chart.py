"""The map of the vectors: the points of a canvas that pans and zooms, packed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis_plugins.report.markup import Markup, join, tag, visible
from tamis_plugins.report.points import Points
from tamis_plugins.report.sets import INPUT, PRESELECTED, RANDOM, SELECTED, Rows
from tamis_plugins.report.spread import Spread
from tamis_plugins.report.wording import TITLES

#: The bit of each set, and the order in which they are drawn.
BITS = {RANDOM: 1, PRESELECTED: 2, SELECTED: 4}
#: Bytes that the names of points may take; beyond, only those of the sets other than the input are there.
NAMES = 500_000


@attrs.frozen(eq=False)
class Chart:
    """Points in the plane.

    Attributes:
        places: ``(n, 2)`` of those that are drawn.
        drawn: Which points they are, ascending.
        total: How many there are in the input.
        points: All.
        flags: ``(n,)`` the bits of the sets that each is in.
    """

    places: npt.NDArray[np.float64]
    drawn: Rows
    total: int
    points: Points
    flags: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, spread: Spread, most: int) -> Chart:
        """At most so many points of an input, those of the selected and other sets first."""
        points, chosen = spread.points, spread.chosen
        flags = np.zeros(len(points.owners), dtype=np.uint8)
        for name, bit in BITS.items():
            flags[chosen.get(name, points.owners[:0])] |= bit
        drawn = chosen[INPUT]
        if len(drawn) > most:
            rng = np.random.default_rng(0)
            special, rest = drawn[flags[drawn] > 0], drawn[flags[drawn] == 0]
            special = special if len(special) <= most else rng.choice(special, most, replace=False)
            drawn = np.sort(np.concatenate([special, rng.choice(rest, most - len(special), replace=False)]))
        return cls(spread.places(drawn), drawn, len(chosen[INPUT]), points, flags[drawn])

    def packed(self) -> str:
        """The places as pairs of 16 bits, little-endian, in base64: one scale for both, so that shapes stay."""
        low = self.places.min(axis=0)
        span = float((self.places.max(axis=0) - low).max()) or 1.0
        whole = np.rint((self.places - low) / span * 65535).astype("<u2")
        return base64.b64encode(whole.tobytes()).decode()

    def data(self, names: Sequence[str], pictured: Collection[int]) -> dict[str, Any]:
        """What the page's program draws it from."""
        owners = self.points.owners[self.drawn]
        texts = [names[row] for row in owners.tolist()]
        packed = _names(texts)
        if len(packed) > NAMES:
            packed = _names([name if flag else "" for name, flag in zip(texts, self.flags.tolist(), strict=True)])
        there = set(pictured)
        return {
            "places": self.packed(),
            "flags": base64.b64encode(self.flags.tobytes()).decode(),
            "names": packed,
            "rows": {place: row for place, row in enumerate(owners.tolist()) if row in there},
        }


def _names(texts: Sequence[str]) -> str:
    """Names, each as it is shown, as a deflated list."""
    return base64.b64encode(zlib.compress("\n".join(map(visible, texts)).encode())).decode()


def section(chart: Chart, number: int, names: Sequence[str], pictured: Collection[int]) -> Markup:
    """The canvas, its legend and its data."""
    sets = [INPUT, *(name for name, bit in BITS.items() if (chart.flags & bit).any())]
    what = "objects" if chart.points.objects else "samples"
    drawn = (
        f"All {chart.total:,} {what}"
        if len(chart.drawn) == chart.total
        else f"{len(chart.drawn):,} of {chart.total:,} {what}, at random but for those selected,"
    )
    choices = [
        tag(
            "label",
            tag("input", type="checkbox", checked=True, value=name),
            tag("span", TITLES[name], class_=f"key {name}"),
        )
        for name in sets
    ]
    canvas = tag(
        "canvas",
        "A map of the vectors, which needs JavaScript.",
        tabindex="0",
        role="application",
        aria_label=f"Map of {chart.points.name}: drag or arrow keys to move, wheel or + and - to zoom, 0 for all, "
        "n and p for the next and the previous pick",
    )
    data = json.dumps(chart.data(names, pictured), ensure_ascii=True).replace("<", "\\u003c")
    return tag(
        "div",
        tag("p", f"{drawn} by the first two principal components of {chart.points.name}."),
        tag("div", *choices, class_="choices"),
        tag("div", canvas, tag("div", class_="tip", hidden=True), class_="plane"),
        tag(
            "p",
            "Drag to move, scroll to zoom; with the keyboard: arrows, + and -, 0 for all, n and p from pick to pick.",
            class_="aside",
        ),
        tag("p", class_="said", role="status", aria_live="polite"),
        join(Markup(f'<script type="application/json" class="points">{data}</script>')),
        class_="map",
        id=f"map-{number}",
    )
