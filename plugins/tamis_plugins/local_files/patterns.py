"""Which files a location means: one, a pattern of several, or those of a folder."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from tamis.errors import DatasetError

#: ``{0000..0099}``, or ``{a,b}``.
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")
#: More files than anybody has of a kind.
_MOST = 1_000_000


def files_at(location: str, suffix: str) -> list[Path]:
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
    expanded = list(_expanded(location))
    files: list[Path] = []
    for text in expanded:
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


@attrs.frozen
class Layout:
    """How the samples of several files are told apart: by a name that begins with that of their file.

    Attributes:
        root: The file; or, of several, the folder in which they are.
        depth: How many parts of a sample's name are that of its file; none, if there is one.
        suffix: What such a part lacks of the file's name.
    """

    root: str
    depth: int = 0
    suffix: str = ""

    @classmethod
    def of(cls, files: Sequence[Path]) -> tuple[Layout, list[str]]:
        """With what the names of each file's samples begin with. Raises `DatasetError` if files are not alike."""
        if len(files) == 1:
            return cls(str(files[0])), [""]
        root = Path(os.path.commonpath([path.parent for path in files]))
        labels = [path.relative_to(root).as_posix() for path in files]
        depths, suffixes = {label.count("/") + 1 for label in labels}, {Path(label).suffix for label in labels}
        if len(depths) > 1 or len(suffixes) > 1:
            raise DatasetError(f"{labels[0]} and {labels[-1]} are of two kinds, or in folders of another depth")
        suffix = suffixes.pop()
        return cls(str(root), depths.pop(), suffix), [f"{label.removesuffix(suffix)}/" for label in labels]

    def find(self, name: str) -> tuple[str, str]:
        """The file that a sample is in, and what it is called there."""
        if not self.depth:
            return self.root, name
        parts = name.split("/", self.depth)
        return f"{self.root}/{'/'.join(parts[:-1])}{self.suffix}", parts[-1]
