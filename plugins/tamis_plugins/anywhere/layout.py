"""How the samples of several files are told apart: by a name that begins with that of their file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import attrs

from tamis.errors import DatasetError


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
    def of(cls, paths: Sequence[str]) -> tuple[Layout, list[str]]:
        """With what the names of each file's samples begin with. Raises `DatasetError` if files are not alike."""
        if len(paths) == 1:
            return cls(paths[0]), [""]
        files = [Path(path) for path in paths]
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
