"""Which archives a location means: one, a pattern of several, or a folder."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tamis.errors import DatasetError

SUFFIX = ".tar"
#: ``{0000..0099}``, or ``{a,b}``.
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")
#: More archives than anybody has.
_MOST = 1_000_000


def archives_at(location: str) -> list[Path]:
    """The archives, in order. Raises `DatasetError` if one isn't there, or none is."""
    if os.path.isdir(location):  # noqa: PTH112
        found = sorted(path for path in Path(location).iterdir() if path.suffix.lower() == SUFFIX and path.is_file())
        if not found:
            raise DatasetError(f"the folder {location!r} holds no archive ({SUFFIX})")
        return found
    if os.path.lexists(location):
        return [Path(location)]
    expanded = list(_expanded(location))
    archives: list[Path] = []
    for text in expanded:
        matches = sorted(glob.glob(text)) if glob.has_magic(text) else [text]  # noqa: PTH207 (patterns may be absolute)
        archives += map(Path, matches)
    if not archives:
        raise DatasetError(f"the input {location!r} matches no archive")
    for path in archives:
        if not path.is_file():
            also = f" (one of {len(archives)} that {location!r} means)" if len(archives) > 1 else ""
            raise DatasetError(f"the archive {str(path)!r} {'is no file' if path.exists() else 'does not exist'}{also}")
    if len(set(archives)) < len(archives):
        raise DatasetError(f"the input {location!r} names an archive twice")
    return archives


def _expanded(text: str) -> Iterator[str]:
    """With a number or a word in place of each pair of braces, in order."""
    match = _RANGE.search(text)
    if match:
        first, last = match.groups()
        if not 0 <= int(last) - int(first) < _MOST:
            raise DatasetError(f"the input {text!r}: {match[0]} is no range of numbers")
        width = len(first) if first.startswith("0") or len(first) == len(last) else 0
        words = [f"{number:0{width}}" for number in range(int(first), int(last) + 1)]
    elif match := _CHOICE.search(text):
        words = match[1].split(",")
    else:
        yield text
        return
    for word in words:
        yield from _expanded(f"{text[: match.start()]}{word}{text[match.end() :]}")
