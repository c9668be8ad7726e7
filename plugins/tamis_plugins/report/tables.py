"""Tables of the page, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tamis import blocks
from tamis_plugins.report.markup import Child, Markup, breakable, tag
from tamis_plugins.statistics.wording import number

#: From so many columns on, the cells of a row stand below each other where the page is narrow.
MANY = 5


def table(
    caption: str,
    header: Sequence[Child],
    rows: Iterable[Sequence[Child]],
    *,
    texts: int = 1,
    unseen: bool = False,
    bars: bool = False,
) -> Markup:
    """A table whose first cells name their rows.

    Args:
        caption: What it shows.
        header: What each column shows.
        rows: The cells of each row.
        texts: How many of the first columns are texts; the others are numbers.
        bars: Whether the others are bars.
        unseen: Whether the caption is for screen readers only.
    """
    kind = " bars" if bars else " many" if len(header) >= MANY else ""
    labels = header if kind == " many" else [None] * len(header)
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption, class_="unseen" if unseen else None),
            tag("thead", tag("tr", *(_head(number, cell, texts) for number, cell in enumerate(header)))),
            tag("tbody", *(tag("tr", *_cells(row, labels, texts)) for row in rows)),
        ),
        class_=f"scroll{kind}",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def drawn(block: blocks.Table) -> Markup:
    """A table of texts and numbers."""
    rows: list[list[Child]] = [[_shown(cell) for cell in row] for row in block.rows]
    if block.total and rows:
        rows[-1] = [tag("strong", cell) if cell else cell for cell in rows[-1]]
    return table(block.caption, block.header, rows, texts=block.texts, unseen=not block.captioned)


def _shown(cell: blocks.Cell) -> Child:
    if isinstance(cell, str):
        return cell if cell.isascii() else tag("bdi", cell)
    return number(cell)


def _head(number: int, cell: Child, texts: int) -> Markup:
    return tag("th", cell, scope="col", class_=None if number < texts else "number")


def _cells(row: Sequence[Child], labels: Sequence[Child], texts: int) -> Iterator[Markup]:
    for place, (cell, label) in enumerate(zip(row, labels, strict=True)):
        shown = None if cell is None else breakable(cell)
        if place == 0:
            yield tag("th", shown, scope="row")
        else:
            yield tag("td", shown, class_=None if place < texts else "number", data_label=label)
