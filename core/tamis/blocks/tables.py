"""Tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from tamis.blocks.block import Block, are_texts, is_text, items

#: What stands in a cell: a text, a number, or None where there is none.
Cell = str | int | float | None


@attrs.frozen(eq=False)
class Table(Block):
    """A table; its first cells name their rows.

    Attributes:
        caption: What it shows.
        header: What each column shows.
        rows: The cells of each row, as many as the header has. A page takes as many rows as it has room for, so that of
            very many they are best made on demand, by a generator.
        texts: How many of the first columns are texts; the others are numbers.
        captioned: Whether the caption is seen, or only heard, where a heading says the same.
        total: Whether the last row is what the others amount to, and stands out.
    """

    caption: str = attrs.field(validator=is_text)
    header: tuple[str, ...] = attrs.field(converter=items, validator=are_texts)
    rows: Iterable[Sequence[Cell]] = attrs.field()
    texts: int = attrs.field(default=1, kw_only=True)
    captioned: bool = attrs.field(default=True, kw_only=True)
    total: bool = attrs.field(default=False, kw_only=True)
