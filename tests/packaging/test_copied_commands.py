"""A command that the program prints can be copied, however the program was started."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from tests.packaging.environments import Environment, run
from tests.packaging.test_pages import search_path


@pytest.mark.parametrize(
    ("before", "started", "printed"),
    [
        ("true", ".venv/bin/tamis", ".venv/bin/tamis"),
        ("source .venv/bin/activate", "tamis", "tamis"),
        ("source .venv/bin/activate", ".venv/bin/tamis", None),
        ("source .venv/bin/activate", "python -m tamis", "python -m tamis"),
        ("true", ".venv/bin/python -m tamis", None),
    ],
)
def test_the_demos_last_line_runs_in_the_same_shell(
    before: str, started: str, printed: str | None, environment: Environment, tmp_path: Path
) -> None:
    """As it stands, from the same folder: by the name that the shell knows, or else by a path."""
    (tmp_path / ".venv").symlink_to(environment.python.parents[1])
    variables = {**os.environ, "PATH": search_path()}

    def shell(command: str) -> tuple[str, str]:
        done = run("bash", "-euo", "pipefail", "-c", f"{before}\n{command}", cwd=tmp_path, env=variables)
        return done.stdout, done.stderr

    selected, said = shell(f"{started} demo 'my demo'")
    last = said.splitlines()[-1]
    told, _ = shell(last)

    first = selected.splitlines()[0]
    assert told.startswith(f"{first} was picked as number 1 of 6.")
    if printed:
        assert shlex.split(last) == [*shlex.split(printed), "explain", "my demo/selection", first]
