"""Tags: named lists of samples, in ``.lightly/tags``, a file for each with a name on every line."""

from __future__ import annotations

import re
from pathlib import Path

from tamis import read_names
from tamis.errors import DatasetError, did_you_mean
from tamis_plugins.anywhere.tree import Tree

#: The folder in ``.lightly``.
TAGS = "tags"
#: What names are made of, as Lightly has them.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9 .:;=@_-]{2,}")


def tag_names(tree: Tree) -> tuple[str, ...]:
    """The tags that there are, sorted."""
    return tuple(sorted(path[:-4] for path in tree.files(TAGS) if path.endswith(".txt") and "/" not in path))


def tag_file(folder: Path, name: str) -> Path:
    """Where a tag is, or would be, stored. Raises `DatasetError` if no tag can be called so."""
    if not NAME.fullmatch(name):
        raise DatasetError(f"a tag can't be named {name!r}: that is not 3 or more letters, digits or ' .:;=@_-'")
    return folder / f"{name}.txt"


def read_tag(tree: Tree, name: str) -> tuple[str, ...]:
    """The samples of a tag, in its order.

    Raises:
        DatasetError: there is no such tag, or it can't be read.
    """
    path = f"{TAGS}/{tag_file(Path(), name).name}"
    try:
        return read_names(tree.content(path))
    except FileNotFoundError:
        known = did_you_mean(name, tag_names(tree))
        raise DatasetError(f"there is no tag {name!r} in {tree.shown(TAGS)}{known}") from None
    except OSError as error:
        raise DatasetError(f"{tree.shown(path)!r} can't be read: {error.strerror or error}") from error
