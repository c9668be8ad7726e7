"""Writes the reference that follows from declarations and docstrings: ``python docs/reference/generate.py``.

For each kind of plugin a page on its hook (``hooks/metric.md``) and one on what is built in (``metrics.md``); a page on
all hooks, one on the command line, and a picture of each strategy.
"""

from __future__ import annotations

import inspect
import re
import runpy
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tamis import Registry
from tamis.cli import cli
from tamis.cli.example_entry import example_entry
from tamis.cli.facts import facts
from tamis.discovery.hookspecs import EXTENSION_POINTS, HOOK_API, ExtensionPoint, Hooks
from tamis.testing.suites import SUITES

HERE = Path(__file__).parent
PAGES = runpy.run_path(str(HERE.parent / "plain_pages.py"))
PICTURES = runpy.run_path(str(HERE / "pictures.py"))
NOTE = "<!-- Written by generate.py from declarations and docstrings: change those. -->\n"

#: Title and first words of the page on what is built in, by kind.
BUILT_IN = {
    "input": ("Inputs", "What a config's `input` may be: values for each sample."),
    "metric": (
        "Metrics",
        'Numbers and categories measured on each image, for `{"type": "METADATA", "key": ...}` and `tamis compute`.',
    ),
    "view": ("Views", "Derived images that metrics share: what the parameters of a metric's function may be called."),
    "scorer": ("Scores", 'Numbers from predictions, for `{"type": "SCORES", "score": ...}`.'),
    "strategy": ("Strategies", "What a config's `strategy` may be: what to keep, or what to prefer."),
    "embedder": ("Embedders", "What makes the vectors of the EMBEDDINGS input: the choices of `--embedder`."),
    "task": ("Tasks", "Predictions made from images: the types of a config's `auto_tasks`."),
    "source": ("Sources", "Where images are: what `--input` and `tamis.Dataset.open` take."),
    "annotation": (
        "Annotations",
        "Formats of predictions, metadata and tags: what `--annotations` and `Dataset.annotate` read.",
    ),
    "export": ("Exports", "What a selection can be carried to, by `tamis export` and `Selection.export`."),
    "section": ("Sections", "Parts of a report, as `tamis report` and `tamis select --report` write it."),
    "executor": ("Executors", "Where images are measured: the choices of `--executor`."),
    "issue": ("Issues", "What may be wrong with samples: what `tamis inspect` and `tamis.inspect` look for."),
}


def built_in(point: ExtensionPoint, registry: Registry) -> str:
    """What tamis itself has of one kind: a table, and a section for each."""
    title, lead = BUILT_IN[point.kind]
    found = {key: registry.declaration(point.kind, key) for key in registry.keys(point.kind)}
    rows = [f"| [`{key}`](#{anchor(key)}) | {first_sentence(found[key].doc)} |" for key in found]
    parts = [f"# {title}\n", NOTE, f"{lead} To write one, see [its hook](hooks/{point.kind}.md).\n"]
    parts += ["| key | what it is |\n|---|---|\n" + "\n".join(rows) + "\n"]
    for key, declaration in found.items():
        parts.append(f"## {key} {{#{anchor(key)}}}\n\n{markdown(declaration.doc)}\n")
        if known := list(facts(declaration)):
            lines = ("| field | what it is |", "|---|---|", *(f"| {name} | {cell(text)} |" for name, text in known))
            parts.append("\n".join(lines) + "\n")
        if entry := example_entry(point.kind, key, registry):
            lead, _, code = entry.partition("\n")
            parts.append(f"{lead}\n\n```js\n{code}\n```\n")
        if point.kind == "strategy":
            parts.append(f"![Points in the plane and the order of picks](pictures/{key.lower()}.svg)\n\n{shown(key)}\n")
    return "\n".join(parts)


def shown(strategy: str) -> str:
    """What the picture of a strategy is of."""
    caption, count = PICTURES["SHOWN"][strategy][1], PICTURES["PICKS"]
    return f"{caption}: the first {count} picks, beside those of RANDOM."


def hook(point: ExtensionPoint) -> str:
    """One hook: signature, when it is called, what it may return, errors, an example, and what the kit checks."""
    text = inspect.getdoc(getattr(Hooks, point.hook)) or ""
    lead, _, example = text.partition("Example::")
    name = point.declaration.__name__
    checks = SUITES[point.kind].described()
    fields = "\n\n".join(PAGES["documented"](f"tamis.{name}", name, 3, heading=False, members=False))
    return f"""# {point.hook}

{NOTE}
{lead.strip()}

```text
{point.hook}() -> Iterable[{name}]
```

Hook API {HOOK_API}. Marked with `tamis.hookimpl`, in the module that the entry point names: the group is
`{point.group}`, the name is the `{point.key}` of what it yields.

**When it is called.** Once in a registry, without arguments, when one of its keys is first used. Never per image.

**What it may return.** Any iterable of `tamis.{name}`, one for each entry point in the group that names the module; a
generator will do. Keys that are declared and keys that the entry points name must be the same.

**Errors.** Whatever the module raises when it is imported, or the hook when it is called, makes its keys broken: using
one is a `BrokenPluginError` that names distribution, version and cause. No other plugin is affected.

## Example

A whole module:

```python
{textwrap.dedent(example).strip()}
```

## {name}

```text
{signature(point.declaration)}
```

{fields}

## What is checked

By `tamis.testing` and `tamis plugins check`:

| check | what must hold |
|---|---|
{chr(10).join(f"| `{check}` | {cell(' '.join(doc.split()))} |" for check, doc in checks)}

Built in: [{BUILT_IN[point.kind][0].lower()}](../{page_name(point)}).
"""


def hooks() -> str:
    """All hooks in a table."""
    rows = [
        f"| `{point.group}` | [`{point.hook}()`](hooks/{point.kind}.md) | `tamis.{point.declaration.__name__}` | "
        f"`{point.key}` |"
        for point in EXTENSION_POINTS.values()
    ]
    table = "\n".join(["| entry-point group | hook | yields | key |", "|---|---|---|---|", *rows])
    return f"""# Hooks

{NOTE}
A plugin is a module that implements a hook, and an entry point that says so: the group is the kind, the name is the
key. Hooks take no arguments and yield declarations, which are frozen; fields beyond the first two are keyword-only.

{table}

This is hook API {HOOK_API}, as `tamis plugins` shows it. Hooks and declarations grow by fields with defaults; what
would break a plugin gets a new number. What a plugin imports is what `tamis` offers: see [Python](python.md).
"""


def command_line() -> str:
    """Every command with its help."""
    parts = ["# The command line\n", NOTE]
    for names, command in commands(cli, ("tamis",)):
        settings = {**cli.context_settings, "terminal_width": 80}
        with click.Context(command, info_name=" ".join(names), **settings) as context:
            parts.append(f"## {' '.join(names)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def commands(command: click.Command, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and those below it."""
    yield names, command
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from commands(below, (*names, name))


def signature(declaration: type[Any]) -> str:
    """As one writes it, a field a line."""
    lines = []
    star = False
    for name, parameter in inspect.signature(declaration).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            star = True
            lines.append("*,")
        default = parameter.default
        plain = isinstance(default, (str, int, tuple, type(None)))
        shown = "" if default is parameter.empty else f" = {default!r}" if plain else " = ..."
        lines.append(f"{name}{shown},")
    return f"{declaration.__name__}(\n" + textwrap.indent("\n".join(lines), "    ") + "\n)"


def markdown(doc: str) -> str:
    """A docstring with its sections as Markdown: their names in bold, and their examples as code."""
    return re.sub(r"^(\w+):\n(?= {4}\S)((?:(?: {4}.*)?\n)+)", section, f"{doc.strip()}\n", flags=re.MULTILINE).rstrip()


def section(found: re.Match[str]) -> str:
    """One section of a docstring, in paragraphs."""
    paragraphs = textwrap.dedent(found[2]).strip().split("\n\n")
    shown = (f"```pycon\n{text}\n```" if text.startswith(">>>") else text for text in paragraphs)
    return "\n\n".join([f"**{found[1]}**", *shown]) + "\n\n"


def first_sentence(doc: str) -> str:
    """Of a docstring, on one line."""
    return cell(re.split(r"(?<=[.:])\s", " ".join(doc.split("\n\n")[0].split()))[0].rstrip(":"))


def cell(text: str) -> str:
    """Text in a table."""
    return text.replace("|", "\\|")


def anchor(key: str) -> str:
    """The anchor of a section."""
    return re.sub(r"[^a-z0-9]+", "-", key.lower())


def page_name(point: ExtensionPoint) -> str:
    """The page of what is built in."""
    return f"{BUILT_IN[point.kind][0].lower()}.md"


def pages() -> dict[str, str]:
    """All of them, by path below this folder."""
    registry = Registry(allow=["tamis"], environ=False)
    found = {"command-line.md": command_line(), "hooks.md": hooks()}
    for point in EXTENSION_POINTS.values():
        found[page_name(point)] = built_in(point, registry)
        found[f"hooks/{point.kind}.md"] = hook(point)
    return found | PICTURES["pictures"]()


if __name__ == "__main__":
    for path, content in pages().items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(content, encoding="utf-8")
