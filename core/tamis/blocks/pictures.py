"""Pictures: samples as cards, and images of a section's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from tamis.blocks.block import Block, are_all, are_texts, is_text, items


@attrs.frozen(eq=False)
class Card:
    """A sample: its picture, with the boxes of what was predicted, its name, and what is told of it.

    Attributes:
        sample: Its name.
        label: What stands above the name, such as its rank.
        told: Lines below it.
        reasons: What is told when the reader asks why.
    """

    sample: str = attrs.field(validator=is_text)
    label: str = attrs.field(default="", kw_only=True, validator=is_text)
    told: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=items, validator=are_texts)
    reasons: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=items, validator=are_texts)


@attrs.frozen(eq=False)
class Gallery(Block):
    """Samples side by side.

    Attributes:
        cards: A `Card` each, the most important first. A page takes as many as it has room for, so that of very many
            they are best made on demand, by a generator.
        total: How many there are, where the cards don't tell by their number.
        told: What they are, in a sentence or two.
        rest: Where those are to be found that there is no room for, such as ``selected.txt has all``.
        small: Whether the cards are small.
        fills: Whether it gets all pictures that the other galleries leave. Others have 200 cards at the most.
    """

    cards: Iterable[Card] = attrs.field()
    total: int | None = attrs.field(default=None, kw_only=True)
    told: str = attrs.field(default="", kw_only=True, validator=is_text)
    rest: str = attrs.field(default="", kw_only=True, validator=is_text)
    small: bool = attrs.field(default=False, kw_only=True)
    fills: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(eq=False)
class Pair:
    """Two samples that belong together.

    Attributes:
        first: One of them.
        second: The other.
        told: What they have to do with each other.
    """

    first: Card = attrs.field(validator=attrs.validators.instance_of(Card))
    second: Card = attrs.field(validator=attrs.validators.instance_of(Card))
    told: str = attrs.field(default="", validator=is_text)


@attrs.frozen(eq=False)
class Pairs(Block):
    """Pairs of samples.

    Attributes:
        pairs: The most important first.
    """

    pairs: tuple[Pair, ...] = attrs.field(converter=items, validator=are_all(Pair))


def _is_file(block: Any, attribute: Any, data: Any) -> None:
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"Image: data are the bytes of an image file, not {data!r:.80}")


@attrs.frozen(eq=False)
class Image(Block):
    """An image that isn't one of a sample, such as a plot that another library has drawn.

    Attributes:
        data: An image file, such as a PNG, that Pillow can read.
        told: What is seen on it: for those who can't see it.
        caption: What stands below it.
    """

    data: bytes = attrs.field(validator=_is_file, repr=False)
    told: str = attrs.field(validator=is_text)
    caption: str = attrs.field(default="", kw_only=True, validator=is_text)
