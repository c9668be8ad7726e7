"""Which files vectors were read from: what a manifest says, so that it can be told later whether they are the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def identities(files: Iterable[str | os.PathLike[str]]) -> tuple[dict[str, Any], ...]:
    """Of each file its absolute path, its bytes, and when it was changed, in UTC, as JSON data. Raises `OSError`."""
    return tuple(map(_identity, map(Path, files)))


def _identity(file: Path) -> dict[str, Any]:
    status = file.stat()
    changed = np.datetime64(status.st_mtime_ns // 1000, "us")
    return {"path": str(file.absolute()), "bytes": status.st_size, "changed": f"{changed}Z"}


def others(then: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> str:
    """That files are others than those of an earlier run; empty if they are the same, wherever they are."""
    known = [_content(each) for each in then]
    changed = [repr(each["path"]) for each in now if _content(each) not in known]
    return f"{', '.join(changed)} changed since the run; run tamis select again, with --report" if changed else ""


def _content(identity: Mapping[str, Any]) -> tuple[Any, Any]:
    return identity["bytes"], identity["changed"]
