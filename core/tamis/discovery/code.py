"""What the code of a plugin is: tells one state of it from another where both have one version."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path

_SUFFIXES = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES)


def code_digest(module: str) -> str:
    """A hash of all source and extension files of the package that an imported module belongs to.

    That is its outermost package with an ``__init__``, or else the module itself. Empty where there are no files to
    read, as in a zip archive.
    """
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        found = sys.modules.get(".".join(parts[:end]))
        if file := getattr(found, "__file__", None):
            return _digest(Path(file), hasattr(found, "__path__"))
    return ""


@cache
def _digest(file: Path, package: bool) -> str:
    """Once in a process: code that has been imported doesn't change."""
    hashed = hashlib.sha256()
    try:
        for path in sorted(_files(file.parent)) if package else [file]:
            content = path.read_bytes()
            hashed.update(f"{path.relative_to(file.parent).as_posix()}:{len(content)}:".encode())
            hashed.update(content)
    except OSError:
        return ""
    return hashed.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.name.endswith(_SUFFIXES) and path.is_file())
