"""What is in a tar archive, and where, from its headers."""

from __future__ import annotations

import tarfile
from functools import lru_cache
from pathlib import PurePosixPath
from typing import IO

import attrs

from tamis_plugins.anywhere.file import File
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


def members_of(file: File) -> Members:
    """Of an archive as it is now. Raises `OSError`, and `tarfile.ReadError` if it is none."""
    version = file.version()
    return _read_again(file, version) if version else _read(file)


@lru_cache(maxsize=_KNOWN)
def _read_again(file: File, version: str) -> Members:
    return _read(file)


def _read(file: File) -> Members:
    size = file.size()
    images: dict[str, tuple[int, int]] = {}
    sidecars: dict[str, tuple[int, int]] = {}
    refused: dict[str, str] = {}
    others: list[str] = []
    damage = ""
    with file.leaping() as headers, tarfile.open(fileobj=headers, mode="r:") as archive:
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
            damage = _ending(headers, archive.offset)
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


def _ending(archive: IO[bytes], offset: int) -> str:
    """Why an archive doesn't end where its members do; empty if it does: two blocks of zeros, or nothing."""
    archive.seek(offset)
    return f"damaged at byte {offset}" if archive.read(512).strip(b"\0") else ""


def key_of(name: str) -> str:
    """What a member has in common with those that belong to it: its path up to the first dot of its last part."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"
