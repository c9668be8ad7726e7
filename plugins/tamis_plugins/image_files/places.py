"""Where images go in a folder: no two to one place, and none outside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from tamis.errors import OutputError

#: The schema of the option that says which places.
RANKED = {"type": "boolean", "default": False, "description": "Put all into one folder, numbered by rank."}
#: How many bytes the name of a file may have, on most systems.
LONGEST = 255


def places_of(selected: Sequence[str], *, ranked: bool, longest: int = LONGEST) -> list[PurePosixPath]:
    """Where each image goes: as its name says, or all into one folder, with their ranks before their file names.

    What no file can be called, since it is too long, is cut, and told from others by a number that its name stands for.

    Args:
        selected: The names, in the order of ranks.
        ranked: Whether they are numbered.
        longest: How many bytes the name of a file may have.

    Raises:
        OutputError: a name is no path inside a folder.
    """
    digits = len(str(len(selected)))
    places = []
    for rank, name in enumerate(selected, start=1):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name:
            raise OutputError(f"{name!r} is not a path inside a folder")
        parts = [f"{rank:0{digits}}_{path.name}"] if ranked else path.parts
        places.append(PurePosixPath(*(_cut(part, longest) for part in parts)))
    return places


def suffixed(places: Sequence[PurePosixPath], selected: Sequence[str], suffix: str) -> list[PurePosixPath]:
    """The places of files that belong to images: the same but for the suffix.

    Raises:
        OutputError: two images would have one.
    """
    owners: dict[PurePosixPath, str] = {}
    for place, name in zip(places, selected, strict=True):
        file = place.with_suffix(suffix)
        if (other := owners.setdefault(file, name)) is not name:
            raise OutputError(f"{other!r} and {name!r} would share {str(file)!r}: number them (ranked=true)")
    return list(owners)


def _cut(part: str, longest: int) -> str:
    """A part of a path that is no longer than it may be. The suffix, if it has a short one, stays."""
    content = os.fsencode(part)
    if len(content) <= longest:
        return part
    suffix = os.fsencode(PurePosixPath(part).suffix)
    suffix = suffix if len(suffix) <= 16 else b""
    mark = b"~" + hashlib.sha256(content).hexdigest()[:8].encode() + suffix
    return os.fsdecode(content[: longest - len(mark)].decode("utf-8", "ignore").encode() + mark)
