"""The command line that a run was started by, as its record has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from tamis.printable import HIDDEN, SENSITIVE, without_secrets

#: Where a context keeps the arguments as they were given.
KEY = "tamis.arguments"
_OPTION = re.compile(rf"--?{SENSITIVE}", re.IGNORECASE)


def keep(context: click.Context, arguments: Sequence[str]) -> None:
    """Keep the arguments of the program, for `recorded_command`."""
    context.meta[KEY] = [context.command_path, *arguments]


def recorded_command() -> list[str]:
    """The command as it was given, with secrets hidden; empty if there is none."""
    context = click.get_current_context(silent=True)
    return list(hidden(context.meta.get(KEY, []))) if context else []


def hidden(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, in which values that are named as secrets, and what identifies a user in a URL, are hidden."""
    hides = False
    for argument in arguments:
        if hides:
            yield HIDDEN
        else:
            yield without_secrets(argument)
        hides = not hides and bool(_OPTION.fullmatch(argument))
