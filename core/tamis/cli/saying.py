"""Messages: to standard error, with nothing in them that steers a terminal, and no line without end."""

from __future__ import annotations

import click

from tamis.printable import printable, shortened

#: Characters of a line: more than of any reason together with the name of its sample.
LONGEST = 2000


def say(*lines: str) -> None:
    """Print a message, which may quote what others have written: a line break in that is spelled out, too."""
    click.echo("\n".join(shortened(printable(line), LONGEST) for line in lines), err=True)
