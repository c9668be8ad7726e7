"""Sections: parts of a page about a dataset or a selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from tamis.blocks.block import Block
from tamis.declarations.checks import clean, is_function, is_name, is_schema, is_text

#: The place of a section that doesn't say where it stands: after those of tamis, but for how the result was made.
POSITION = 95.0


def _is_position(section: Section, attribute: Any, position: Any) -> None:
    if isinstance(position, bool) or not isinstance(position, (int, float)) or not 0 <= position <= 100:
        raise ValueError(f"position is a number from 0 to 100, not {position!r:.80}")


def _is_title(section: Section, attribute: Any, title: Any) -> None:
    is_text(section, attribute, title)
    if not title.strip():
        raise ValueError("title is empty")


@attrs.frozen
class Section:
    """A part of a page, such as that of ``tamis report``: what it shows, as blocks; the page decides how.

    Attributes:
        name: What the option ``sections`` of a report calls it. The entry-point name.
        make: ``make(subject, options) -> blocks``: yields blocks of `tamis.blocks` about a `Subject`, of which
            something may be selected (``subject.selection``) or not. Of nothing to show, it yields nothing, and the
            page doesn't have the section. It opens no image: a `tamis.blocks.Card` has the picture of its sample. What
            several sections need is made once by ``subject.once``. May raise `ParameterError` about an option, and any
            `TamisError` that says why there is nothing to show; the page then has that in its place. How much of a
            block is shown is limited, and the page says what isn't.
        title: Its heading.
        position: Where it stands on the page, from 0 for the first to 100 for the last; of equal ones, in the order of
            their names. Those of tamis are at 10, 15, 20 and so on; see their pages.
        usual: Whether a page has it unless it is left out; otherwise it is there where it is named, such as what takes
            long.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What it shows, and of which subjects.
    """

    name: str = attrs.field(validator=is_name)
    make: Callable[..., Iterable[Block]] = attrs.field(validator=is_function)
    title: str = attrs.field(kw_only=True, validator=_is_title)
    position: float = attrs.field(default=POSITION, kw_only=True, validator=_is_position)
    usual: bool = attrs.field(default=True, kw_only=True, validator=attrs.validators.instance_of(bool))
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
