"""What is in a tar archive, and where, from its headers."""

from __future__ import annotations

import os
import tarfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

import attrs

from tamis_plugins.local_files.sieve import SUFFIXES

#: What beside an image describes it, by the end of its name.
SIDECARS = (".json", ".cls", ".txt")
#: Archives of which it is known at a time what is in them.
_KNOWN = 16


@attrs.frozen(eq=False)
class Members:
    """The members of an archive that matter.

    Attributes:
        images: Where each image begins and how many bytes it has, by name, in the order of the archive.
        sidecars: The same of what describes images.
        refused: Why others that look like images are none, by name.
        ignored: How many files are neither.
        other: The first of those.
        damage: Why what follows can't be read; empty if all was.
    """

    images: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    sidecars: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    refused: dict[str, str] = attrs.field(factory=dict)
    ignored: int = 0
    other: str = ""
    damage: str = ""


def members_of(path: str) -> Members:
    """Of an archive as it is now. Raises `OSError`, and `tarfile.ReadError` if it is none."""
    status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=_KNOWN)
def _read(path: str, size: int, changed: int) -> Members:
    images: dict[str, tuple[int, int]] = {}
    sidecars: dict[str, tuple[int, int]] = {}
    refused: dict[str, str] = {}
    others: list[str] = []
    damage = ""
    with tarfile.open(path, "r:") as archive:
        try:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                suffix = PurePosixPath(member.name).suffix.lower()
                if member.isdir() or PurePosixPath(member.name).name.startswith("."):
                    continue
                name = member.name.removeprefix("./")
                place = (member.offset_data, member.size)
                if suffix not in SUFFIXES:
                    if suffix in SIDECARS and not _problem(member, size):
                        sidecars[name] = place
                    else:
                        others.append(name)
                elif problem := _problem(member, size):
                    refused[name] = problem
                else:
                    images[name] = place
            damage = _ending(Path(path), archive.offset)
        except tarfile.ReadError as error:
            damage = str(error)
    return Members(images, sidecars, refused, len(others), others[0] if others else "", damage)


def _problem(member: tarfile.TarInfo, size: int) -> str:
    """Why a member can't be used; empty if it can."""
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        return "its name leaves the archive"
    if "\n" in member.name or "\r" in member.name:
        return "its name holds a line break: results are lists with one name per line"
    if member.issparse():
        return "a sparse member of a tar archive"
    if not member.isfile():
        return "a link or a device, not a file in the archive"
    if member.offset_data + member.size > size:
        return "the archive ends within it"
    return ""


def _ending(path: Path, offset: int) -> str:
    """Why an archive doesn't end where its members do; empty if it does: two blocks of zeros, or nothing."""
    with path.open("rb") as file:
        file.seek(offset)
        return f"damaged at byte {offset}" if file.read(512).strip(b"\0") else ""


def key_of(name: str) -> str:
    """What a member has in common with those that belong to it: its path up to the first dot of its last part."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"
