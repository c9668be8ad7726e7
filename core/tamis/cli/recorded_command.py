"""The command line that a run was started by, as its record has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

HIDDEN = "***"
#: Where a context keeps the arguments as they were given.
KEY = "tamis.arguments"
_WORDS = r"[\w.-]*(?:token|secret|passw(?:or)?d|pwd|credential|signature|api[-_]?key|access[-_]?key|\bsig)[\w.-]*"
#: A value that is named as a secret, in ``name=value``, up to what may follow it in a choice or a URL.
_NAMED = re.compile(rf"((?:^|(?<=[,:?&;\s])|(?<=--)){_WORDS}=)[^,&;\s]+", re.IGNORECASE)
_OPTION = re.compile(rf"--?{_WORDS}", re.IGNORECASE)
#: User and password in a URL.
_USER = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def keep(context: click.Context, arguments: Sequence[str]) -> None:
    """Keep the arguments of the program, for `recorded_command`."""
    context.meta[KEY] = [context.command_path, *arguments]


def recorded_command() -> list[str]:
    """The command as it was given, with secrets hidden; empty if there is none."""
    context = click.get_current_context(silent=True)
    return list(without_secrets(context.meta.get(KEY, []))) if context else []


def without_secrets(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, in which values that are named as secrets, and what identifies a user in a URL, are hidden."""
    hides = False
    for argument in arguments:
        if hides:
            yield HIDDEN
        else:
            yield _NAMED.sub(rf"\1{HIDDEN}", _USER.sub(HIDDEN, argument))
        hides = not hides and bool(_OPTION.fullmatch(argument))
