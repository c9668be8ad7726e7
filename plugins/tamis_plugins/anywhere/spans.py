"""Reading what lies side by side in files on a server together, and ahead."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import IO

import attrs

from tamis import Images
from tamis_plugins.anywhere.ahead import Ahead
from tamis_plugins.anywhere.file import Files

#: What may lie between two images that are read together, and how many bytes of several may be.
GAP, LARGEST = 16 << 10, 1 << 20


@attrs.frozen
class Span:
    """Some bytes of a file, from ``start`` to before ``end``."""

    path: str
    start: int
    end: int


def spans_of(places: Mapping[str, tuple[str, int, int]]) -> dict[str, Span]:
    """The span that each image is in, from path, start and size of each, in the order in which they are opened."""
    found: dict[str, Span] = {}
    group: list[str] = []
    span: Span | None = None
    for name, (path, start, size) in places.items():
        joined = span and attrs.evolve(span, end=start + size)
        if not (
            span
            and joined
            and span.path == path
            and 0 <= start - span.end <= GAP
            and joined.end - joined.start <= LARGEST
        ):
            found |= dict.fromkeys(group, span) if span else {}
            group, joined = [], Span(path, start, start + size)
        group.append(name)
        span = joined
    return found | (dict.fromkeys(group, span) if span else {})


class Spanned(Images, AbstractContextManager["Spanned"]):
    """Images that are asked for one after the other. Memory is that of a few spans, each of up to a megabyte.

    Args:
        images: What they are otherwise.
        files: Where their files are.
        places: Path, start and size of each, in the order in which they are going to be asked for.
    """

    def __init__(self, images: Images, files: Files, places: Mapping[str, tuple[str, int, int]]) -> None:
        self._images, self._places, self._spans = images, places, spans_of(places)

        def read(span: Span) -> bytes:
            return files.file(span.path).read(span.start, span.end - span.start)

        self._ahead = Ahead(read, min(files.at_once, 4), dict.fromkeys(self._spans[name] for name in places))

    def __exit__(self, *error: object) -> None:
        self._ahead.close()

    @property
    def identity(self) -> str | None:
        """Their own."""
        return self._images.identity

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        if name not in self._places:
            return self._images.open(name)  # type: ignore[return-value]  # they are files
        _, start, size = self._places[name]
        if not size:
            raise OSError("the file is empty")
        span = self._spans[name]
        return io.BytesIO(memoryview(self._ahead.take(span))[start - span.start :][:size])

    def fingerprint(self, name: str) -> str | None:
        """As listed: what is another by now can't be opened."""
        return self._images.fingerprint(name)
