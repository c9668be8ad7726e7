"""Tags: named lists of samples, in ``.lightly/tags``, a file for each with a name on every line."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tamis.errors import DatasetError
from tamis.suggestion import did_you_mean

#: The tag that every dataset has: all of it.
INITIAL_TAG = "initial-tag"
#: What names are made of, as Lightly has them.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9 .:;=@_-]{2,}")


def tag_file(lightly: Path | None, name: str) -> Path:
    """Where a tag is, or would be, stored. Raises `DatasetError` if no tag can be called so."""
    if not NAME.fullmatch(name) or name == INITIAL_TAG:
        reason = "is all of a dataset" if name == INITIAL_TAG else "is not 3 or more letters, digits or ' .:;=@_-'"
        raise DatasetError(f"a tag can't be named {name!r}: that {reason}")
    if lightly is None:
        raise DatasetError(f"the tag {name!r} would be in .lightly/tags, and the dataset has no such folder")
    return lightly / ".lightly" / "tags" / f"{name}.txt"


def read_tag(lightly: Path | None, samples: Sequence[str], name: str) -> tuple[str, ...]:
    """The samples of a tag, in its order; those that the dataset no longer has are left out.

    Raises:
        DatasetError: there is no such tag, it can't be read, or no sample is left in it.
    """
    if name == INITIAL_TAG:
        return tuple(samples)
    path = tag_file(lightly, name)
    try:
        lines = os.fsdecode(path.read_bytes()).splitlines()
    except FileNotFoundError:
        there = [INITIAL_TAG, *sorted(other.stem for other in path.parent.glob("*.txt"))]
        raise DatasetError(f"there is no tag {name!r}{did_you_mean(name, there)}") from None
    except OSError as error:
        raise DatasetError(f"{path}: can't be read: {error.strerror or error}") from error
    known = set(samples)
    found = tuple(dict.fromkeys(line for line in lines if line in known))
    if not found:
        raise DatasetError(f"the tag {name!r} is empty: {path} names {len(lines)} samples, none of the dataset's")
    return found
