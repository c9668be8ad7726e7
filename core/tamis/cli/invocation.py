"""How this program was started, so that a command that it prints can be copied."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def command_line(*arguments: object) -> str:
    """A command of this program with these arguments, quoted for a shell.

    It starts as this process did: ``tamis`` where that is on ``PATH``, a path where it isn't, such as
    ``.venv/bin/tamis``, or ``python -m tamis``.
    """
    script = Path(sys.argv[0])
    if script.name != "__main__.py" and script.is_file() and os.access(script, os.X_OK):
        started = [_shortest(sys.argv[0])]
    else:
        started = [_shortest(sys.executable), "-m", "tamis"]
    return shlex.join([*started, *map(str, arguments)])


def _shortest(program: str) -> str:
    """Its name, where a shell finds that very file by it; else its path."""
    name = Path(program).name
    found = shutil.which(name)
    # Links are not followed: the interpreters of all environments are links to one file.
    return name if found and Path(found).absolute() == Path(program).absolute() else program
