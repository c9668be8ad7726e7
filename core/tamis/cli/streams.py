"""What goes to standard output: results, and nothing that plugins print."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import BytesIO
from typing import IO

import click

from tamis.errors import OutputError
from tamis.printable import printable_lines


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """While plugins work: what they print, worker processes included, doesn't get among the results on stdout."""
    with redirect_stdout(sys.stderr):
        try:
            sys.__stdout__.flush()  # type: ignore[union-attr]
            stdout = os.dup(1)
        except (AttributeError, OSError, ValueError):  # there is none
            yield
            return
        try:
            os.dup2(2, 1)
            yield
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)


@contextmanager
def standard_output() -> Iterator[IO[bytes]]:
    """Where results go that are for no file, as they are made. Raises `OutputError` if there is no such place."""
    if sys.stdout is None:
        raise OutputError("the result can't be written: standard output is closed")
    with click.open_file("-", "wb") as file:
        if not sys.stdout.isatty():
            yield file
            file.flush()
            return
        with BytesIO() as shown:  # to people, who don't want names to do anything to their terminal
            yield shown
            text = shown.getvalue().decode("utf-8", "surrogateescape")
        click.echo(printable_lines(text), nl=False)
