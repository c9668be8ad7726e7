"""HTML of which every text is escaped, by construction."""

from __future__ import annotations

import html

from tamis_plugins.statistics.wording import text_of

#: Elements that have no end tag.
_VOID = frozenset({"img", "input", "meta"})
#: Those of SVG that hold nothing.
_CLOSED = frozenset({"rect", "line", "path"})


class Markup(str):
    """Text that is HTML already; all other text is escaped where it is put."""

    __slots__ = ()


Child = str | int | None


def visible(value: object) -> str:
    """A text whose characters that can't be seen, or that turn the line around, are spelled out."""
    plain = text_of(str(value))
    return plain if plain.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in plain)


def text(value: object) -> Markup:
    """A text as HTML, by `visible`; markup as it is."""
    return value if isinstance(value, Markup) else Markup(html.escape(visible(value)))


def breakable(value: object) -> Markup:
    """A text whose long keys may go on in a new line after each ``_``; markup as it is."""
    return value if isinstance(value, Markup) else Markup(text(value).replace("_", "_<wbr>"))


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element.

    Args:
        name: Of the element.
        children: What is in it: markup as it is, anything else as text; None is nothing.
        attributes: Of the element, with ``_`` for ``-`` and at the end for words of Python (``class_``). True is an
            attribute without a value; None and False are none.
    """
    begin = f"<{name}" + "".join(_attribute(key, value) for key, value in attributes.items()) + ">"
    if name in _VOID:
        return Markup(begin)
    if name in _CLOSED:
        return Markup(f"{begin[:-1]}/>")
    return Markup(f"{begin}{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Several after one another."""
    return Markup("".join(text(child) for child in children if child is not None))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'
