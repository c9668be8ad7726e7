"""Reads a report as a browser would: its elements, texts and tables."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

#: Elements without an end tag.
VOID = {"img", "input", "meta", "wbr"}


class Element:
    """An element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str, class_: str | None = None) -> list[Element]:
        """The elements in it of a tag, and of a class, in order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and (class_ is None or class_ in (child.attributes.get("class") or "").split()):
                    found.append(child)
                found += child.all(tag, class_)
        return found

    def by_id(self, key: str) -> Element | None:
        """The element of this id."""
        for child in self.children:
            if isinstance(child, Element):
                if child.attributes.get("id") == key:
                    return child
                if found := child.by_id(key):
                    return found
        return None


class Page(HTMLParser):
    """A page; it fails on one whose elements don't close in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.root = Element("page", {})
        self._open = [self.root]
        self.feed(self.source)
        self.close()
        assert len(self._open) == 1, f"{self._open[-1].tag} is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element with nothing in it."""
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close one."""
        assert self._open[-1].tag == tag, f"{tag} is closed in {self._open[-1].tag}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Text."""
        self._open[-1].children.append(data)

    def section(self, key: str) -> Element | None:
        """A section of the page."""
        return self.root.by_id(key)

    def table(self, caption: str) -> dict[str, list[str]]:
        """The rows of a table, by their first cells; texts of the others."""
        (table,) = [each for each in self.root.all("table") if each.all("caption")[0].text == caption]
        rows = (row.all("th") + row.all("td") for row in table.all("tbody")[0].all("tr"))
        return {cells[0].text: [cell.text for cell in cells[1:]] for cells in rows}
