"""The table of `tamis inspect`: the issues that were found, and the worst samples of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tamis.cli.listing import aligned

if TYPE_CHECKING:
    from tamis.inspection.judging import Found

HEADER = "issue", "samples", "share", "key", "limit", "worst"
#: How many of the worst samples are named, and how many letters of a name.
WORST, LETTERS = 3, 40


def print_found(summary: Sequence[Found], samples: int) -> None:
    """Print it to standard output; what was looked for and not found follows on a line."""
    if rows := [_row(found, samples) for found in summary if len(found)]:
        for line in aligned([HEADER, *rows]):
            click.echo(line)
    if none := [found.name for found in summary if not len(found)]:
        click.echo(f"{chr(10) * bool(rows)}none: {', '.join(none)}")


def _row(found: Found, samples: int) -> tuple[str, ...]:
    worst = zip(found.samples[:WORST], found.values.tolist(), strict=False)
    named = ", ".join(f"{_short(name)} ({value:.3g})" for name, value in worst)
    more = ", ..." * (len(found) > WORST)
    return found.name, f"{len(found):,}", f"{len(found) / samples:.1%}", found.key or "-", found.rule, named + more


def _short(name: str) -> str:
    """The end of a long name, which tells it from others."""
    return name if len(name) <= LETTERS else f"...{name[3 - LETTERS :]}"
