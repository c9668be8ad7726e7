"""The images of several datasets, in which each sample's name begins with the label of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import attrs

from tamis.dataset.images import portion, reading
from tamis.dataset.labels import by_label, split
from tamis.declarations.source import Images

if TYPE_CHECKING:
    from PIL import Image


@attrs.frozen
class JoinedImages(Images):
    """The images of several datasets, by label."""

    parts: Mapping[str, Images]

    @property
    def shareable(self) -> bool:  # type: ignore[override]
        """If all are."""
        return all(images.shareable for images in self.parts.values())

    def open(self, name: str) -> AbstractContextManager[IO[bytes] | Image.Image]:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].open(rest)

    @property
    def identity(self) -> str | None:
        """That of a sample's part is in its fingerprint: what is stored of one part doesn't depend on the others."""
        return "joined"

    def fingerprint(self, name: str) -> str | None:
        """From the part that has it, and which part that is."""
        label, rest = split(name)
        identity, known = self.parts[label].identity, self.parts[label].fingerprint(rest)
        return None if identity is None or known is None else f"{identity} {known}"

    def size(self, name: str) -> int | None:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].size(rest)

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[Images]:
        """Each part is told of its own."""
        with ExitStack() as stack:
            ahead = {
                label: stack.enter_context(reading(self.parts[label], own)) for label, own in by_label(names).items()
            }
            yield JoinedImages({**self.parts, **ahead})

    def portion(self, names: Sequence[str]) -> Images:
        """Of each part what is to travel of it; only of those that have some of these samples, if any has something."""
        found: dict[str, Images] = {}
        for label, own in by_label(names).items():
            if (carried := portion(self.parts[label], own)) is not None:
                found[label] = carried
        return JoinedImages({**self.parts, **found}) if found else self

    def path(self, name: str) -> Path | None:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].path(rest)
