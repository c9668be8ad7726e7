"""Blocks that hold others."""

from __future__ import annotations

import attrs

from tamis.blocks.block import Block, are_blocks, is_text, items


@attrs.frozen(eq=False)
class Group(Block):
    """Blocks under a heading.

    Attributes:
        title: The heading; empty for none.
        blocks: What is under it.
    """

    title: str = attrs.field(validator=is_text)
    blocks: tuple[Block, ...] = attrs.field(converter=items, validator=are_blocks)


@attrs.frozen(eq=False)
class Folded(Block):
    """Blocks that are seen when the reader unfolds them, and in print.

    Attributes:
        title: What is seen of them.
        blocks: What is unfolded.
        about: What they are about, where the title alone doesn't say: for those who hear the page.
    """

    title: str = attrs.field(validator=is_text)
    blocks: tuple[Block, ...] = attrs.field(converter=items, validator=are_blocks)
    about: str = attrs.field(default="", kw_only=True, validator=is_text)


@attrs.frozen(eq=False)
class Halves(Block):
    """Blocks in two columns, where the page is wide enough.

    Attributes:
        blocks: From left to right.
    """

    blocks: tuple[Block, ...] = attrs.field(converter=items, validator=are_blocks)


@attrs.frozen(eq=False)
class Grid(Block):
    """Small blocks side by side, such as histograms, as many as the page is wide enough for.

    Attributes:
        blocks: From left to right, line by line.
    """

    blocks: tuple[Block, ...] = attrs.field(converter=items, validator=are_blocks)
