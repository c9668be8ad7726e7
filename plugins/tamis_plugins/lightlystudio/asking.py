"""Have LightlyStudio do something: in this process if it is in use here, else in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tamis import without_secrets
from tamis.errors import MissingDependencyError, OutputError
from tamis_plugins.lightlystudio import tagging


def check_installed() -> None:
    """Raise `MissingDependencyError` if there is no LightlyStudio."""
    if find_spec("lightly_studio") is None:
        raise MissingDependencyError("lightly-studio", "export 'lightlystudio'", "lightlystudio")


def url_of(target: str) -> str:
    """The address of a database: its own, or that of a file. Raises `OutputError` if there is no such file."""
    if "://" in target:
        return target
    if not Path(target).is_file():
        raise OutputError(f"there is no database of LightlyStudio: {target!r} does not exist")
    return f"duckdb:///{Path(target).absolute()}"


def tagged(target: str, **order: Any) -> dict[str, Any]:
    """What `tagging.tag` says of this order, in a database. Raises `OutputError` if there was no answer."""
    url = url_of(target)
    if "lightly_studio" in sys.modules:  # which the host has open then, so that no other process can
        used = tagging.connected()
        if used.replace("+psycopg:", ":", 1) != url.replace("+psycopg:", ":", 1):  # which it adds by itself
            used, url = without_secrets(used), without_secrets(url)
            raise OutputError(f"this process has LightlyStudio open with {used}, and can't open {url} beside it")
        return tagging.tag(**order)
    ran = subprocess.run(
        [sys.executable, tagging.__file__],
        input=json.dumps({"url": url, **order}),
        capture_output=True,
        text=True,
        env={**os.environ, "LIGHTLY_STUDIO_ANALYTICS_ENABLED": "false"},
        check=False,
    )
    if ran.returncode:
        raise OutputError(f"LightlyStudio failed: {(ran.stderr.strip().splitlines() or ['no answer'])[-1]}")
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer
