"""A summary of a table, for people to choose numbers by."""

from __future__ import annotations

import codecs
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from tamis.printable import printable

if TYPE_CHECKING:
    from tamis.data.summary import Summary

#: The heights of a bar, from none to the largest.
BLOCKS, ASCII = "▁▂▃▄▅▆▇█", "_.-=+*%#"
#: Categories shown of each column.
SHOWN = 5
#: Between two columns.
GAP = 2


def print_summary(summary: Summary) -> None:
    """Print it to standard output: on a terminal as tables that fit, else as text."""
    from tamis.data.summary import PERCENT, Numbers

    heights = BLOCKS if _can_say(BLOCKS) else ASCII
    numbers, categories = [], []
    for name, found in summary.columns.items():
        counts = (printable(name), f"{found.count:,}", f"{found.missing:,}")
        if isinstance(found, Numbers):
            quantiles = found.quantiles or {}
            values = (found.minimum, *(quantiles.get(percent) for percent in PERCENT), found.maximum)
            numbers.append((*counts, *map(shown, values), bar(found.histogram or (), heights)))
        else:
            categories.append((*counts, commonest(found.values)))
    percent = [f"{each} %" for each in PERCENT]
    if numbers:
        _print_rows(("", "count", "missing", "minimum", *percent, "maximum", "distribution"), numbers)
    if numbers and categories:
        click.echo()
    if categories:
        _print_rows(("", "count", "missing", "commonest"), categories)


def bar(histogram: Sequence[int], heights: str) -> str:
    """The counts of a histogram as a row of letters; none but an empty interval has a blank."""
    most = max(histogram, default=0)
    return "".join(heights[(count * len(heights) - 1) // most] if count else " " for count in histogram)


def shown(value: float | None) -> str:
    """A number in so few digits as tell values apart."""
    if value is None:
        return "-"
    whole = isinstance(value, int) or abs(value) >= 10**4
    return f"{value:.0f}" if whole and abs(value) < 10**9 else f"{value:.4g}"


def commonest(values: Mapping[str, int]) -> str:
    """The first of some categories, with how often each occurs."""
    common = [f"{printable(value)} {count:,}" for value, count in list(values.items())[:SHOWN]]
    more = len(values) - len(common)
    return ", ".join([*common, *([f"and {more} more"] if more else [])])


def _print_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Names, and what is drawn or listed, to the left; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    last, width = len(header) - 1, sum(widths) + GAP * (len(header) - 1)
    if sys.stdout is not None and sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        if width <= columns:
            _print_table(header, rows, columns)
        else:
            _print_blocks(header, rows, columns)
        return
    for row in (header, *rows):
        cells = [
            text.ljust(width) if number in (0, last) else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo((" " * GAP).join(cells).rstrip())


def _print_blocks(header: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> None:
    """Each row on lines of its own, where a table would be too wide."""
    for name, *cells in rows:
        told = ", ".join(_joined(title, cell) for title, cell in zip(header[1:], cells, strict=True))
        click.echo(name)
        lines = textwrap.fill(told, columns, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        click.echo(lines.replace("\0", " "))


def _joined(title: str, cell: str) -> str:
    """A title and its cell, which stay on one line unless the cell is a list."""
    return f"{title} {cell}" if ", " in cell else f"{title} {cell}".replace(" ", "\0")


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    for number, title in enumerate(header):
        table.add_column(title, justify="left" if number in (0, len(header) - 1) else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=columns).print(table)


def _can_say(text: str) -> bool:
    """Whether standard output has these letters."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        codecs.lookup(encoding)
        text.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
