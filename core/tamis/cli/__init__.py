"""The command line: results on stdout, progress and messages on stderr.

Exit status 0, 1 when a run failed, 2 for bad usage or config, 130 after Ctrl-C. Each command imports what it
needs when it runs, so that listing plugins and help stay quick.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

import click

from tamis.cli.compute import compute
from tamis.cli.demo import demo
from tamis.cli.embed import embed
from tamis.cli.explain import explain
from tamis.cli.export import export
from tamis.cli.inspect import inspect
from tamis.cli.plugins import plugins
from tamis.cli.recorded_command import keep
from tamis.cli.report import report
from tamis.cli.saying import say
from tamis.cli.schema import schema
from tamis.cli.select import select
from tamis.cli.store import store
from tamis.cli.validate import validate
from tamis.errors import ConfigError, DataError, TamisError
from tamis.measuring.standard_streams import hold_places


class Guarded(click.Group):
    """Turns what a command raises into one clear line and an exit status."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments as they were given."""
        keep(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            say("", "tamis: stopped")
            ctx.exit(130)
        except BrokenPipeError:
            # Whoever read stdout has had enough; Python would complain again when it flushes.
            sys.stdout = None
            ctx.exit(1)
        except (Exception, GeneratorExit) as error:  # noqa: BLE001 (the last resort)
            if ctx.params["debug"]:
                traceback.print_exc()
            if isinstance(error, (ConfigError, DataError)) and len(error.problems) > 1:
                where = "config" if isinstance(error, ConfigError) else "data"
                say(f"tamis: {len(error.problems)} problems in the {where}:")
                for problem in error.problems:
                    say(f"  {problem}")
                ctx.exit(error.exit_code)
            if isinstance(error, TamisError):
                say(*f"tamis: {error}".split("\n"))
                ctx.exit(error.exit_code)
            if isinstance(error, MemoryError):
                say(f"tamis: there is not enough memory: {error}".removesuffix(": "))
                ctx.exit(1)
            if isinstance(error, OSError):
                where = f": {error.filename!r}" if error.filename else ""
                say(f"tamis: {error.strerror or error}{where}")
                ctx.exit(1)
            say(f"tamis: unexpected {type(error).__name__}: {error}")
            say("This is a bug in tamis or in a plugin; --debug shows where.")
            ctx.exit(1)


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="tamis")
def cli(debug: bool) -> None:
    """Choose which images to label, train on or keep.

    Runs Lightly selection configs on your own machine. Every input, metric and strategy is a plugin.
    """


for command in (inspect, select, report, explain, export, compute, embed, validate, schema, plugins, store, demo):
    cli.add_command(command)


def main() -> None:
    """Entry point of the ``tamis`` program."""
    hold_places()
    for stream in (sys.stdout, sys.stderr):
        # File names need not be text, or of the terminal's alphabet; a stream may be closed.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(prog_name="tamis")
    except OSError as error:  # help that can't be printed, as to a disk that is full
        sys.stdout = None  # Python would complain again when it flushes
        say(f"tamis: {error.strerror or error}")
        sys.exit(1)
    except SystemExit as ended:
        if left := [thread.name for thread in threading.enumerate() if _would_be_waited_for(thread)]:
            say(f"tamis: a plugin has left threads that don't end: {', '.join(left)}")
            _leave(ended.code)
        raise


def _would_be_waited_for(thread: threading.Thread) -> bool:
    return thread is not threading.current_thread() and not thread.daemon


def _leave(code: Any) -> None:
    """End the process at once: all that it was to do is done."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)
