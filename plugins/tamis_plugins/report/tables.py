"""Tables of the page, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tamis import blocks
from tamis_plugins.report.markup import Child, Markup, breakable, tag
from tamis_plugins.statistics.wording import number


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
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption, class_="unseen" if unseen else None),
            tag("thead", tag("tr", *(_head(number, cell, texts) for number, cell in enumerate(header)))),
            tag(
                "tbody", *(tag("tr", *(_cell(number, each, texts) for number, each in enumerate(row))) for row in rows)
            ),
        ),
        class_="scroll bars" if bars else "scroll",
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


def _cell(number: int, cell: Child, texts: int) -> Markup:
    if cell is not None:
        cell = breakable(cell)
    if number == 0:
        return tag("th", cell, scope="row")
    return tag("td", cell, class_=None if number < texts else "number")
