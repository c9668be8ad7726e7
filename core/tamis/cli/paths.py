"""Paths as options."""

from __future__ import annotations

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
        return Path(value)
