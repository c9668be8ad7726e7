"""Paths as options, and places of outputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class PathParam(click.ParamType):  # type: ignore[type-arg]
    """A path; empty, as from a shell variable that isn't set, it is a mistake and not the current folder."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Check and convert it."""
        if not str(value):
            self.fail("the path is empty", param, ctx)
        if "://" in str(value):
            self.fail("it is a URL, and a path of this machine is needed", param, ctx)
        return Path(value)


def hold(*targets: str | os.PathLike[str] | None) -> None:
    """Hold the places of a command's outputs, those that are given, until it ends.

    Raises:
        OutputError: another run holds one.
    """
    from tamis.claims import claimed

    click.get_current_context().with_resource(claimed(*(target for target in targets if target)))
