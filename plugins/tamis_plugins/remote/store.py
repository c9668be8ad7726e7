"""What a library that talks to servers has to do for the images there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, Protocol

import attrs


@attrs.frozen
class Entry:
    """What a listing says of an object.

    Attributes:
        name: Its path, relative to the location.
        size: In bytes.
        fingerprint: What changes with its content; None if nothing does.
    """

    name: str
    size: int
    fingerprint: str | None


@attrs.frozen
class Content:
    """An object as it was read.

    Attributes:
        data: All of it.
        fingerprint: As in `Entry`, of these very bytes.
    """

    data: bytes
    fingerprint: str | None

    def open(self) -> IO[bytes]:
        """The bytes, as a file. Raises `OSError` if there are none."""
        if not self.data:
            raise OSError("the file is empty")
        return io.BytesIO(self.data)


class Store(Protocol):
    """The objects at one location. Whatever goes wrong is an `OSError` as `problems` has them."""

    @property
    def at_once(self) -> int:
        """How many requests it may be asked at a time."""

    def entries(self, *, deep: bool = True) -> Iterator[Entry]:
        """All objects, as the server lists them; or only those that are in no folder below."""

    def read(self, name: str) -> Content:
        """An object, by one GET."""

    def part(self, name: str, start: int, count: int) -> Content:
        """Some bytes of an object, by one GET. The fingerprint is that of the object."""

    def entry(self, name: str) -> Entry:
        """What a listing says of an object, without reading it."""


def fingerprint_of(size: int, tag: Any) -> str | None:
    """From a size and whatever else is known of a content: the same, be it from a list or from a header."""
    told = tag.timestamp() if hasattr(tag, "timestamp") else tag  # a date of zero stands for one that isn't known
    return f"{size}:{str(told).removeprefix('W/').strip(chr(34))}" if told else None


def size_in(fingerprint: str) -> int:
    """The size that a fingerprint begins with."""
    return int(fingerprint.partition(":")[0])
