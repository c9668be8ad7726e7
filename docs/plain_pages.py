"""A hook of mkdocs: writes the site as text, too, for whoever reads without a browser.

Next to each page its Markdown (``how-to/embed.md`` beside ``how-to/embed/``), with signatures and docstrings where the
source has a ``::: name``; and ``llms.txt``, which lists the pages by section (https://llmstxt.org).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

#: A block that mkdocstrings renders: a name, and indented options.
BLOCK = re.compile(r"^::: (\S+)\n((?:[ \t]+\S.*\n)*)", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
#: The heading of what a block names, as in mkdocs.yml.
LEVEL = 3

#: Of the build that is under way: the Markdown of each page by its path, and the navigation.
texts: dict[str, str] = {}
navigation: list[Navigation] = []


# What mkdocs calls


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Remember the sections; a new build begins."""
    texts.clear()
    navigation[:] = [nav]
    package.cache_clear()


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Remember what a page is written as."""
    texts[page.file.src_uri] = plain(markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Say on each page where its Markdown is."""
    href = get_relative_url(page.file.src_uri, page.url)
    return output.replace("</head>", f'<link rel="alternate" type="text/markdown" href="{href}">\n</head>', 1)


def on_post_build(config: MkDocsConfig) -> None:
    """Write all of it."""
    site = Path(config.site_dir)
    for path, text in texts.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")
    (site / "llms.txt").write_text(index(config), encoding="utf-8")


# llms.txt


def index(config: MkDocsConfig) -> str:
    """The site in one page: what it is about, and a line on each page."""
    parts = [f"# {config.site_name}\n", f"> {config.site_description}\n"]
    parts.append("Each page below is Markdown.\n")
    base, known = config.site_url or "", config.extra.get("summaries", {})
    for title, pages in sections(navigation[0].items):
        lines = [
            f"- [{page.title}]({base}{page.file.src_uri}): {known.get(page.file.src_uri) or summary(page)}"
            for page in pages
        ]
        parts.append("\n".join([f"## {title}\n", *lines, ""]))
    return "\n".join(parts)


def sections(items: Iterable[Any]) -> Iterator[tuple[str, list[Page]]]:
    """The pages of each section of the navigation, with those of sections in it; those of none come first."""
    items = list(items)
    if alone := [item for item in items if isinstance(item, Page)]:
        yield "Overview", alone
    for item in items:
        if not isinstance(item, Page):
            yield item.title, list(pages_of(item.children))


def pages_of(items: Iterable[Any]) -> Iterator[Page]:
    """Those of a section and of the sections in it."""
    for item in items:
        if isinstance(item, Page):
            yield item
        else:
            yield from pages_of(item.children)


def summary(page: Page) -> str:
    """The first sentence of a page, on one line."""
    text = re.sub(r"^```.*?^```$", "", texts[page.file.src_uri], flags=re.DOTALL | re.MULTILINE)
    for paragraph in re.split(r"\n{2,}", text.strip()):
        if re.match(r"(?!\d+\. |[-*] )[\w`*\"]", paragraph):
            sentence = re.split(r"(?<=\.)\s", " ".join(paragraph.split()), maxsplit=1)[0]
            return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence).rstrip(":")
    raise ValueError(f"{page.file.src_uri} has no sentence to describe it: give it one in mkdocs.yml, extra.summaries")


# A page


def plain(markdown: str) -> str:
    """A page with the documentation of what its blocks name, without comments."""
    return BLOCK.sub(rendered, COMMENT.sub("", markdown).strip() + "\n")


def rendered(block: re.Match[str]) -> str:
    """What a block stands for."""
    options = dict(re.findall(r"(\w+): (\w+)", block[2]))
    heading, members = (options.get(name) != "false" for name in ("show_root_heading", "members"))
    return "\n\n".join(documented(block[1], block[1], LEVEL, heading=heading, members=members)) + "\n"


@cache
def package(name: str) -> griffe.Module:
    """A package as griffe reads it."""
    root = Path(__file__).parents[1]
    paths = [root / "core", root / "plugins"]
    loaded = griffe.load(name, search_paths=paths, docstring_parser="google", allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    return loaded


def documented(path: str, title: str, level: int, *, heading: bool = True, members: bool = True) -> Iterator[str]:
    """Heading, signature, docstring and members of an object, as paragraphs."""
    name, _, inner = path.partition(".")
    found = package(name)[inner]
    target = found.final_target if isinstance(found, griffe.Alias) else found
    if heading:
        yield f"{'#' * level} {title.rpartition('.')[2]}"
        if call := signature(path):
            yield f"```python\n{call}\n```"
    if target.docstring:
        yield from map(section, target.docstring.parsed)
    if members:
        for member in shown(target):
            yield from documented(f"{path}.{member}", member, level + 1)


def shown(target: griffe.Object) -> list[str]:
    """The members that have something to say: what a module exports, what a class has and explains."""
    if isinstance(target, griffe.Module):
        return [str(name) for name in target.exports or ()]
    return [
        name
        for name, member in target.members.items()
        if isinstance(target, griffe.Class) and not name.startswith("_") and not member.is_alias and member.docstring
    ]


def section(part: Any) -> str:
    """A part of a docstring: text, or a list of what it names."""
    if part.kind is griffe.DocstringSectionKind.text:
        return str(part.value)
    if part.kind is griffe.DocstringSectionKind.admonition:
        return f"**{part.title}**\n\n{part.value.contents}"
    title = part.title or part.kind.value.capitalize()
    if not isinstance(part.value, list):
        return f"**{title}**\n\n{part.value}"
    return "\n".join([f"**{title}**\n", *map(item, part.value)])


def item(element: Any) -> str:
    """A parameter, an attribute, an error or what is returned."""
    if isinstance(element, tuple):  # of an Examples section: its kind, and text
        return str(element[1])
    called = getattr(element, "name", "") or getattr(element, "annotation", "")
    description = " ".join(element.description.split())
    return f"- `{called}`: {description}" if called else f"- {description}"


def signature(path: str) -> str:
    """How one calls it, without annotations; empty for what isn't called."""
    module, *names = path.split(".")
    value: Any = import_module(module)
    for name in names:
        value = inspect.getattr_static(value, name) if isinstance(value, type) else getattr(value, name)
    function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
    if not callable(function) or (isinstance(function, type) and issubclass(function, BaseException)):
        return ""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:
        return ""
    bound = isinstance(value, classmethod) or (parameters and parameters[0].name == "self")
    plain = [each.replace(annotation=each.empty, default=default(each)) for each in parameters[bool(bound) :]]
    return f"{names[-1]}{inspect.Signature(plain)}"


class Written:
    """A default as one writes it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def default(parameter: inspect.Parameter) -> Any:
    """A plain value as it is, ``...`` in place of a function or whatever else has no short form."""
    value = parameter.default
    if value is parameter.empty or isinstance(value, (str, int, float, tuple, type(None))):
        return value
    return Written("...")
