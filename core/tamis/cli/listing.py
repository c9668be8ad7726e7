"""The table of `tamis plugins`: a block for each kind of plugin, those that a config names first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.discovery.registry import PluginStatus
from tamis.printable import printable

#: What each kind is for, in the order of the list. A kind that isn't here comes last, under its own name.
HEADINGS: dict[PluginKind, str] = {
    "input": "Inputs: values for each sample, a config's input.type",
    "strategy": "Strategies: what to keep or to prefer, a config's strategy.type",
    "metric": "Metrics: numbers and categories measured on images, a METADATA input's key, for tamis compute",
    "scorer": "Scorers: numbers from predictions, a SCORES input's score",
    "view": "Views: images that metrics share, parameters of a metric's function",
    "embedder": "Embedders: vectors of images, for --embedder",
    "task": "Tasks: predictions made from images, a config's auto_tasks[].type",
    "source": "Sources: where images are, for --input SOURCE:LOCATION",
    "annotation": "Annotation formats: predictions and metadata, for --annotations FORMAT:LOCATION",
    "export": "Exports: where a selection is carried, for tamis export OUTDIR FORMAT TARGET",
    "section": "Sections: parts of a report, for its option sections",
    "executor": "Executors: where images are measured, for --executor",
    "issue": "Issues: what may be wrong with samples, for tamis inspect",
}
#: States in which a plugin can be used; any other is marked, and named with its reason.
USABLE = ("found", "loaded")


def in_order(kinds: Iterable[PluginKind]) -> list[PluginKind]:
    """These kinds in the order of the list."""
    order = [*HEADINGS, *EXTENSION_POINTS]
    return sorted(set(kinds), key=order.index)


def listing(statuses: Sequence[PluginStatus]) -> Iterator[str]:
    """The lines: a heading for each kind, then its plugins. Columns are as wide in all blocks."""
    rows = [(status, _cells(status)) for status in statuses]
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=True)]
    for number, kind in enumerate(in_order(status.plugin.kind for status in statuses)):
        if number:
            yield ""
        yield click.style(HEADINGS.get(kind, kind.capitalize()), bold=True)
        for status, cells in rows:
            if status.plugin.kind == kind:
                line = "  ".join(map(str.ljust, cells, widths)).rstrip()
                yield line if status.state in USABLE else click.style(line, fg="red")


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """A line for each row, with columns of one width; what others wrote is spelled out."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]


def _cells(status: PluginStatus) -> tuple[str, ...]:
    """A mark for what can't be used, the key, who provides it, and what is to be said of it."""
    plugin, usable = status.plugin, status.state in USABLE
    said = "" if usable else f"{status.state}: {status.reason}" if status.reason else status.state
    texts = ("" if usable else "!", plugin.key, f"{plugin.distribution} {plugin.version}".rstrip(), said)
    return tuple(printable(text) for text in texts)
