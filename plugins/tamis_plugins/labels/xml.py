"""XML that any text can go into."""

from __future__ import annotations

import re
from xml.etree import ElementTree

#: What XML 1.0 can't hold, not even escaped; and line ends, which its readers change.
_UNFIT = re.compile(r"[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: ElementTree.Element, tag: str, text: object = None, **attributes: object) -> ElementTree.Element:
    """Add an element, with what XML can't hold spelled out."""
    element = ElementTree.SubElement(parent, tag, {key: fit(value) for key, value in attributes.items()})
    element.text = None if text is None else fit(text)
    return element


def fit(value: object) -> str:
    """A value as text; numbers that are whole as such."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _UNFIT.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))


def document(root: ElementTree.Element) -> bytes:
    """A whole file, indented. It has no declaration: many read a text and give that to lxml, which then refuses it."""
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=False)
    return content + b"\n"
