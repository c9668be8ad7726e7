"""Blocks cut down to what a page has room for; what is left out is said in a block beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from itertools import islice
from numbers import Real
from typing import Any

import attrs
import numpy as np
from PIL import Image

from tamis import blocks

#: Characters of a text, of a text with line breaks, and of a cell, a caption and the like.
TEXT, CODE, CELL = 20_000, 200_000, 2_000
#: Rows and columns of a table, labels and series of a plot.
ROWS, COLUMNS, LABELS, SERIES = 1_000, 40, 50, 8
#: Intervals of a histogram and points of a line.
INTERVALS, POINTS = 200, 1_000
#: Cards of a gallery, lines on a card, pairs.
CARDS, LINES, PAIRS = 200, 20, 100
#: Blocks that one holds, and how deep.
BLOCKS, DEPTH = 200, 6
HOLDERS = (blocks.Group, blocks.Folded, blocks.Halves, blocks.Grid)
#: The longer side of an image in pixels, and its quality.
PIXELS, QUALITY = 1_024, 80


def bounded(block: blocks.Block, rows: Mapping[str, int], depth: int = 0) -> list[blocks.Block]:
    """A block as far as there is room for it, and what is said of the rest.

    Args:
        block: The block. What it makes on demand is made, as far as it is shown.
        rows: The samples that cards may be of.
        depth: How many blocks hold it.

    Raises:
        TypeError: it holds something else than it is to hold.
        ValueError: it holds something that can't be shown.
    """
    if isinstance(block, HOLDERS):
        if depth >= DEPTH:
            raise ValueError(f"its blocks are more than {DEPTH} deep")
        held = [part for each in block.blocks[:BLOCKS] for part in bounded(each, rows, depth + 1)]
        changes: dict[str, Any] = {"blocks": [*held, *_said(len(block.blocks), BLOCKS, "blocks")]}
        if isinstance(block, (blocks.Group, blocks.Folded)):
            changes["title"] = cut(block.title)
        return [attrs.evolve(block, **changes)]
    bound = _BOUNDS.get(type(block))
    if bound is None:
        raise TypeError(f"this page can't show a block of the class {type(block).__name__}")
    return list(bound(block, rows))


def cut(text: str, most: int = CELL) -> str:
    """A text of no more characters than that."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most:,} more characters)"


def _said(total: int | None, shown: int, what: str) -> Iterator[blocks.Block]:
    """That there is more; None if it isn't known how much."""
    if total is None:
        yield blocks.Text(f"The first {shown:,} {what} are shown; there are more.", tone="aside")
    elif total > shown:
        yield blocks.Text(f"The first {shown:,} of {total:,} {what} are shown.", tone="aside")


def _first(values: Iterable[Any], most: int) -> tuple[list[Any], int | None]:
    """The first of some, and how many there are; None if that is more, and not known."""
    found = list(islice(values, most + 1))
    total = len(values) if isinstance(values, Sized) else len(found) if len(found) <= most else None
    return found[:most], total


def cards_of(parts: Iterable[blocks.Block]) -> Iterator[blocks.Gallery | blocks.Pairs]:
    """The blocks with samples among blocks that are bounded, and in them."""
    for block in parts:
        if isinstance(block, (blocks.Gallery, blocks.Pairs)):
            yield block
        elif isinstance(block, HOLDERS):
            yield from cards_of(block.blocks)


def _text(block: blocks.Text, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    yield attrs.evolve(block, text=cut(block.text, TEXT))


def _code(block: blocks.Code, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    yield attrs.evolve(block, text=cut(block.text, CODE))


def _notes(block: blocks.Notes, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    yield attrs.evolve(block, notes=[cut(note) for note in block.notes[:BLOCKS]])
    yield from _said(len(block.notes), BLOCKS, "notes")


def _table(block: blocks.Table, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    width = len(block.header)
    found, total = _first(block.rows, ROWS)
    kept = []
    for row in found:
        cells = list(row)
        if len(cells) != width:
            raise ValueError(f"a row of the table {block.caption!r:.80} has {len(cells)} cells, and its header {width}")
        for cell in cells:
            if not (cell is None or isinstance(cell, (str, Real))):
                raise TypeError(f"{cell!r:.80} is no cell: a text, a number or None")
        kept.append([cut(cell) if isinstance(cell, str) else cell for cell in cells[:COLUMNS]])
    header = [cut(each) for each in block.header[:COLUMNS]]
    yield attrs.evolve(block, caption=cut(block.caption), header=header, rows=kept)
    yield from _said(total, len(kept), "rows")
    yield from _said(width, COLUMNS, "columns")


def _series(values: Mapping[str, Any]) -> dict[str, Any]:
    return {cut(name): part for name, part in list(values.items())[:SERIES]}


def _histogram(block: blocks.Histogram, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    counts = _series(block.counts)
    if (intervals := len(next(iter(counts.values()), ()))) > INTERVALS:  # join them
        step = -(-intervals // INTERVALS)
        fill = -intervals % step
        width = (block.limits[1] - block.limits[0]) / intervals
        limits = block.limits[0], block.limits[1] + width * fill
        joined = {name: np.pad(part, (0, fill)).reshape(-1, step).sum(axis=1) for name, part in counts.items()}
        yield attrs.evolve(block, counts=joined, limits=limits, name=cut(block.name), told=cut(block.told))
    else:
        yield attrs.evolve(block, counts=counts, name=cut(block.name), told=cut(block.told))
    yield from _said(len(block.counts), SERIES, "series")


def _bars(block: blocks.Bars, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    # Shares are those of all, whatever is shown.
    yield attrs.evolve(block, caption=cut(block.caption), counts=_series(block.counts))
    yield from _said(len(block.counts), SERIES, "series")


def _lines(block: blocks.Lines, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    values, x = _series(block.values), block.x
    if len(x) > POINTS:
        some = np.linspace(0, len(x) - 1, POINTS).round().astype(np.intp)
        x, values = x[some], {name: part[some] for name, part in values.items()}
        yield blocks.Text(f"Every {len(block.x) / POINTS:.1f}th of {len(block.x):,} points is shown.", tone="aside")
    yield attrs.evolve(block, name=cut(block.name), x=x, values=values, axis=cut(block.axis))
    yield from _said(len(block.values), SERIES, "series")


def _card(card: Any, rows: Mapping[str, int]) -> blocks.Card:
    if not isinstance(card, blocks.Card):
        raise TypeError(f"{card!r:.80} is no Card")
    if card.sample not in rows:
        raise ValueError(f"a card is of {card.sample!r:.80}, which is no sample")
    return attrs.evolve(
        card,
        label=cut(card.label),
        told=[cut(each) for each in card.told[:LINES]],
        reasons=[cut(each) for each in card.reasons[:LINES]],
    )


class Cards(list[blocks.Card]):
    """Those of a gallery, of which more can be taken, when it is known for how many there is room."""

    def __init__(self, cards: Iterable[Any], rows: Mapping[str, int]) -> None:
        super().__init__()
        self._cards, self._rows = iter(cards), rows
        self.more = True
        """Whether there may be more."""

    def take(self, most: int) -> None:
        """As many as that, and no more can be taken later. Raises what making them does."""
        found = list(islice(self._cards, most + 1))
        self.more = len(found) > most
        self += (_card(each, self._rows) for each in found[:most])


def _gallery(block: blocks.Gallery, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    cards = Cards(block.cards, rows)
    if not block.fills:
        cards.take(CARDS)
    total = block.total
    if total is None and isinstance(block.cards, Sized):
        total = len(block.cards)
    yield attrs.evolve(block, cards=cards, total=total, told=cut(block.told), rest=cut(block.rest))


def _pairs(block: blocks.Pairs, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    pairs = [
        blocks.Pair(_card(each.first, rows), _card(each.second, rows), cut(each.told)) for each in block.pairs[:PAIRS]
    ]
    yield blocks.Pairs(pairs)
    yield from _said(len(block.pairs), PAIRS, "pairs")


def _image(block: blocks.Image, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    """As a WebP file of our own making, whatever it was."""
    with Image.open(io.BytesIO(block.data)) as image:
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((PIXELS, PIXELS))
    file = io.BytesIO()
    small.save(file, "WEBP", quality=QUALITY)
    yield blocks.Image(file.getvalue(), cut(block.told), caption=cut(block.caption))


def _map(block: blocks.Map, rows: Mapping[str, int]) -> Iterator[blocks.Block]:
    if len(block.samples) and not 0 <= block.samples.min() <= block.samples.max() < len(rows):
        raise ValueError(f"a point of the map {block.name!r:.80} is of a row that no sample has")
    groups = {cut(name): part for name, part in list(block.groups.items())[:SERIES]}
    yield attrs.evolve(block, name=cut(block.name), groups=groups, axes=cut(block.axes))
    yield from _said(len(block.groups), SERIES, "groups")


_BOUNDS: dict[type, Callable[[Any, Mapping[str, int]], Iterator[blocks.Block]]] = {
    blocks.Text: _text,
    blocks.Code: _code,
    blocks.Notes: _notes,
    blocks.Table: _table,
    blocks.Histogram: _histogram,
    blocks.Bars: _bars,
    blocks.Lines: _lines,
    blocks.Gallery: _gallery,
    blocks.Pairs: _pairs,
    blocks.Image: _image,
    blocks.Map: _map,
}
