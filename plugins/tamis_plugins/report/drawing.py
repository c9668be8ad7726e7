"""Draws the blocks of a page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs

from tamis import blocks
from tamis_plugins.report import chart, tables
from tamis_plugins.report.cards import Pictures
from tamis_plugins.report.markup import Markup, join, tag
from tamis_plugins.report.plots import Plots
from tamis_plugins.statistics.wording import counted

#: Characters of HTML that the blocks of a section may take, but for what the options of the page limit.
ROOM = 1_500_000
#: Maps of a section.
MAPS = 6
#: What small prints are called on the page.
_TONES = {"plain": None, "aside": "aside", "note": "notes"}
#: Whose size has limits of their own.
_APART = (blocks.Map, blocks.Gallery, blocks.Pairs)


@attrs.define(eq=False)
class Drawing:
    """Draws the blocks of one section, as far as there is room.

    Attributes:
        key: What the section is called in the page.
        names: Of the samples.
        pictures: Draws samples.
        plots: Draws plots.
        points: How many points a map has at the most.
    """

    key: str
    names: Sequence[str]
    pictures: Pictures
    plots: Plots
    points: int
    _room: int = attrs.field(default=ROOM, init=False)
    _left: int = attrs.field(default=0, init=False)
    _maps: int = attrs.field(default=0, init=False)

    def section(self, parts: Sequence[blocks.Block]) -> Markup:
        """All of them, with a legend if there are plots of several series."""
        series = dict.fromkeys(_series(parts))
        legend = self.plots.legend(self.plots.series.drawn(series)) if len(series) > 1 else None
        content = self._all(parts, 3)
        left = (
            f"{counted(self._left, 'more block')} of this section would make the page too large." if self._left else ""
        )
        return join(legend, content, tag("p", left, class_="notes") if left else None)

    def _all(self, parts: Iterable[blocks.Block], level: int) -> Markup:
        return join(*(self._block(part, level) for part in parts))

    def _block(self, block: blocks.Block, level: int) -> Markup | None:
        held = _HOLDERS.get(type(block))
        if held is not None:
            return held(self, block, level)
        if self._room <= 0:
            self._left += 1
            return None
        drawn = _DRAWN[type(block)](self, block)
        if not isinstance(block, _APART):
            self._room -= len(drawn or "")
        return drawn

    def _group(self, block: blocks.Group, level: int) -> Markup:
        if not block.title:
            return tag("div", self._all(block.blocks, level))
        heading = tag(f"h{min(level, 6)}", tag("bdi", block.title))
        return tag("section", heading, self._all(block.blocks, level + 1), class_="group")

    def _folded(self, block: blocks.Folded, level: int) -> Markup:
        about = tag("span", f": {block.about}", class_="unseen") if block.about else None
        return tag("details", tag("summary", block.title, about), self._all(block.blocks, level))

    def _halves(self, block: blocks.Halves, level: int) -> Markup:
        return tag("div", *(tag("div", self._block(part, level)) for part in block.blocks), class_="halves")

    def _grid(self, block: blocks.Grid, level: int) -> Markup:
        panels = (tag("div", self._block(part, level), class_="panel") for part in block.blocks)
        return tag("div", *panels, class_="panels")

    def _text(self, block: blocks.Text) -> Markup:
        return tag("p", block.text, class_=_TONES[block.tone])

    def _notes(self, block: blocks.Notes) -> Markup:
        return tag("ul", *(tag("li", note) for note in block.notes), class_="notes")

    def _code(self, block: blocks.Code) -> Markup:
        return tag("pre", join(*(join(line, Markup("\n")) for line in block.text.split("\n"))), tabindex="0")

    def _image(self, block: blocks.Image) -> Markup:
        data = f"data:image/webp;base64,{base64.b64encode(block.data).decode()}"
        caption = tag("figcaption", block.caption) if block.caption else None
        return tag("figure", tag("img", src=data, alt=block.told, loading="lazy"), caption, class_="picture")

    def _map(self, block: blocks.Map) -> Markup | None:
        self._maps += 1
        if self._maps > MAPS:
            self._left += 1
            return None
        drawn = chart.Chart.of(block, self.points)
        key = f"{self.key}-{self._maps}"
        return chart.drawing(drawn, key, self.names, self.pictures.thumbnails.found, self.plots.series)


def _series(parts: Iterable[blocks.Block]) -> Iterator[str]:
    """The names of the series of plots that have no words beside their lines."""
    for block in parts:
        if isinstance(block, (blocks.Group, blocks.Folded, blocks.Halves, blocks.Grid)):
            yield from _series(block.blocks)
        elif isinstance(block, blocks.Histogram):
            yield from block.counts
        elif isinstance(block, blocks.Lines):
            yield from block.values


_HOLDERS: dict[type, Callable[[Drawing, Any, int], Markup]] = {
    blocks.Group: Drawing._group,
    blocks.Folded: Drawing._folded,
    blocks.Halves: Drawing._halves,
    blocks.Grid: Drawing._grid,
}
_DRAWN: dict[type, Callable[[Drawing, Any], Markup | None]] = {
    blocks.Text: Drawing._text,
    blocks.Notes: Drawing._notes,
    blocks.Code: Drawing._code,
    blocks.Image: Drawing._image,
    blocks.Map: Drawing._map,
    blocks.Table: lambda page, block: tables.drawn(block),
    blocks.Histogram: lambda page, block: page.plots.histogram(block),
    blocks.Lines: lambda page, block: page.plots.lines(block),
    blocks.Bars: lambda page, block: page.plots.bars(block),
    blocks.Gallery: lambda page, block: page.pictures.gallery(block, page.key),
    blocks.Pairs: lambda page, block: page.pictures.pairs(block),
}
