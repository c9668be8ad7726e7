"""Which files of this machine a location means: one, a pattern of several, or those of a folder."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tamis.errors import DatasetError

#: ``{0000..0099}``, or ``{a,b}``.
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")
#: More files than anybody has of a kind.
_MOST = 1_000_000


def local_files(location: str, suffix: str) -> list[Path]:
    """The files, in order.

    Args:
        location: A file; a pattern with ``{0000..0099}``, ``{a,b}``, ``*`` and the like; or a folder.
        suffix: Of those that are meant by a folder.

    Raises:
        DatasetError: one isn't there, or none is.
    """
    if os.path.isdir(location):  # noqa: PTH112
        found = sorted(path for path in Path(location).iterdir() if path.suffix.lower() == suffix and path.is_file())
        if not found:
            raise DatasetError(f"the folder {location!r} holds no file that ends in {suffix}")
        return found
    if os.path.lexists(location):
        return [Path(location)]
    texts = list(expanded(location))
    files: list[Path] = []
    for text in texts:
        matches = sorted(glob.glob(text)) if glob.has_magic(text) else [text]  # noqa: PTH207 (patterns may be absolute)
        files += map(Path, matches)
    if not files:
        raise DatasetError(f"the input {location!r} matches no file")
    for path in files:
        if not path.is_file():
            also = f" (one of {len(files)} that {location!r} means)" if len(files) > 1 else ""
            raise DatasetError(f"the file {str(path)!r} {'is no file' if path.exists() else 'does not exist'}{also}")
    if len(set(files)) < len(files):
        raise DatasetError(f"the input {location!r} names a file twice")
    return files


def expanded(text: str) -> Iterator[str]:
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
        yield from expanded(f"{text[: match.start()]}{word}{text[match.end() :]}")
