"""Tags: named lists of samples, in ``.lightly/tags``, a file for each with a name on every line."""

from __future__ import annotations

import re
from pathlib import Path

from tamis import read_names
from tamis.errors import DatasetError, did_you_mean

#: What names are made of, as Lightly has them.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9 .:;=@_-]{2,}")


def tag_names(folder: Path) -> tuple[str, ...]:
    """The tags that there are, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.txt")))


def tag_file(folder: Path, name: str) -> Path:
    """Where a tag is, or would be, stored. Raises `DatasetError` if no tag can be called so."""
    if not NAME.fullmatch(name):
        raise DatasetError(f"a tag can't be named {name!r}: that is not 3 or more letters, digits or ' .:;=@_-'")
    return folder / f"{name}.txt"


def read_tag(folder: Path, name: str) -> tuple[str, ...]:
    """The samples of a tag, in its order.

    Raises:
        DatasetError: there is no such tag, or it can't be read.
    """
    path = tag_file(folder, name)
    if not path.exists():
        raise DatasetError(f"there is no tag {name!r} in {folder}{did_you_mean(name, tag_names(folder))}")
    return read_names(path)
