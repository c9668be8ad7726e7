"""Maps: the points of a canvas that pans and zooms, packed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import blocks
from tamis_plugins.report.markup import Markup, join, tag, visible
from tamis_plugins.report.series import Series
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, RANDOM, SELECTED, Rows
from tamis_plugins.statistics.thinning import thinned

#: The bit of each set, in the order in which they are drawn; its shape and radius in pixels, and those of other groups.
BITS = {RANDOM: 1, PRESELECTED: 2, SELECTED: 4}
SHAPES = {RANDOM: ("ring", 3.5), PRESELECTED: ("diamond", 4), SELECTED: ("disc", 4)}
OTHER = ("disc", 3.5)
#: Bytes that the names of points may take; beyond, only those of the points that stand out are there.
NAMES = 500_000


@attrs.frozen(eq=False)
class Chart:
    """Points in the plane.

    Attributes:
        block: All of them.
        drawn: Which of them are drawn, ascending.
        bits: That of each group.
        flags: ``(n,)`` the bits of the groups that each of them is in.
    """

    block: blocks.Map
    drawn: Rows
    bits: Mapping[str, int]
    flags: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, block: blocks.Map, most: int) -> Chart:
        """At most so many points, those that stand out first."""
        bits = _bits(block.groups)
        flags = np.zeros(len(block.places), dtype=np.uint8)
        for name, bit in bits.items():
            flags[block.groups[name]] |= bit
        drawn = thinned(flags > 0, most)
        return cls(block, drawn, bits, flags[drawn])

    def packed(self) -> str:
        """The places as pairs of 16 bits, little-endian, in base64: one scale for both, so that shapes stay."""
        places = self.block.places[self.drawn].astype(np.float64)
        low = places.min(axis=0, initial=np.inf) if len(places) else np.zeros(2)
        span = float((places - low).max(initial=0)) or 1.0
        whole = np.rint((places - low) / span * 65535).astype("<u2")
        return base64.b64encode(whole.tobytes()).decode()

    def data(self, names: Sequence[str], pictured: Collection[int], series: Series) -> dict[str, Any]:
        """What the page's program draws it from."""
        owners = self.block.samples[self.drawn]
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
            "groups": [[name, self.bits[name], *_shape(name), series.look(name)] for name in self.bits],
        }


def _bits(groups: Iterable[str]) -> dict[str, int]:
    """A bit for each group: the known ones have theirs, the others what is left."""
    named = list(groups)
    known = {name: bit for name, bit in BITS.items() if name in named}
    free = (bit for bit in (8, 16, 32, 64, 128, 1, 2, 4) if bit not in known.values())
    return {**{name: next(free) for name in named if name not in known}, **known}


def _shape(name: str) -> tuple[float, str]:
    shape, radius = SHAPES.get(name, OTHER)
    return radius, shape


def _names(texts: Sequence[str]) -> str:
    """Names, each as it is shown, as a deflated list."""
    shown = texts if "".join(texts).isprintable() else map(visible, texts)  # which is slow where there are many
    return base64.b64encode(zlib.compress("\n".join(shown).encode())).decode()


def drawing(chart: Chart, key: str, names: Sequence[str], pictured: Collection[int], series: Series) -> Markup:
    """The canvas, its legend and its data."""
    groups = [INPUT, *(name for name, bit in chart.bits.items() if (chart.flags & bit).any())]
    what = "objects" if chart.block.objects else "samples"
    total = len(chart.block.places)
    apart = "those that stand out" if set(chart.bits) - set(BITS) else "those selected"
    drawn = (
        f"All {total:,} {what}"
        if len(chart.drawn) == total
        else f"{len(chart.drawn):,} of {total:,} {what}, at random but for {apart},"
    )
    choices = [
        tag(
            "label",
            tag("input", type="checkbox", checked=True, value=name),
            tag("span", series.title(name), class_=f"key {series.look(name)}"),
        )
        for name in groups
    ]
    steps = "pick" if SELECTED in chart.bits else "point"
    canvas = tag(
        "canvas",
        "A map of the vectors, which needs JavaScript.",
        tabindex="0",
        role="application",
        aria_label=f"Map of {chart.block.name}: drag or arrow keys to move, wheel or + and - to zoom, 0 for all, "
        f"n and p for the next and the previous {steps}",
    )
    data = json.dumps(chart.data(names, pictured, series), ensure_ascii=True).replace("<", "\\u003c")
    return tag(
        "div",
        tag("p", f"{drawn} by {chart.block.axes}." if chart.block.axes else f"{drawn.rstrip(',')}."),
        tag("div", *choices, class_="choices"),
        tag("div", canvas, tag("div", class_="tip", hidden=True), class_="plane"),
        tag(
            "p",
            "Drag to move, scroll to zoom; with the keyboard: arrows, + and -, 0 for all, "
            f"n and p from {steps} to {steps}.",
            class_="aside",
        ),
        tag("p", class_="said", role="status", aria_live="polite"),
        join(Markup(f'<script type="application/json" class="points">{data}</script>')),
        class_="map",
        id=key,
    )
