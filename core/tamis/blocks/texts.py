"""Texts."""

from __future__ import annotations

from typing import Any, Literal, get_args

import attrs

from tamis.blocks.block import Block, are_texts, is_text, items

Tone = Literal["plain", "aside", "note"]


def _is_tone(block: Any, attribute: Any, value: Any) -> None:
    if value not in get_args(Tone):
        raise ValueError(f"Text: tone is one of {', '.join(get_args(Tone))}, not {value!r:.80}")


@attrs.frozen(eq=False)
class Text(Block):
    """A paragraph.

    Attributes:
        text: What it says.
        tone: ``plain``; ``aside`` for an explanation, in small print; ``note`` for what the reader must not miss.
    """

    text: str = attrs.field(validator=is_text)
    tone: Tone = attrs.field(default="plain", kw_only=True, validator=_is_tone)


@attrs.frozen(eq=False)
class Notes(Block):
    """A list of what the reader must not miss.

    Attributes:
        notes: A sentence each.
    """

    notes: tuple[str, ...] = attrs.field(converter=items, validator=are_texts)


@attrs.frozen(eq=False)
class Code(Block):
    """A text whose line breaks and spaces are kept, such as a config.

    Attributes:
        text: All of it.
    """

    text: str = attrs.field(validator=is_text)
