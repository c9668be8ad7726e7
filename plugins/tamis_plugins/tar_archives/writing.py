"""Writing samples into archives, one after another, none larger than it may be."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

#: An archive is made of blocks: one for the header of a member, and as many as its content begins.
_BLOCK = 512


class Shards:
    """Archives in a folder.

    Args:
        folder: Which.
        samples: How many samples one may hold.
        size: How many bytes one may have, unless a single sample has more.

    Attributes:
        count: How many there are.
    """

    def __init__(self, folder: Path, samples: int, size: int) -> None:
        self._folder, self._samples, self._size = folder, samples, size
        self._archive: tarfile.TarFile | None = None
        self._held = self._filled = 0
        self.count = 0

    def add(self, members: Mapping[str, bytes]) -> None:
        """Add the members of a sample, without times and owners."""
        size = sum(_BLOCK * (1 - -len(content) // _BLOCK) for content in members.values())
        full = self._held == self._samples or (self._held and self._filled + size > self._size)
        if self._archive is None or full:
            self.close()
            path = self._folder / f"shard-{self.count:06}.tar"
            self._archive = tarfile.TarFile(path, "x", format=tarfile.USTAR_FORMAT)
            self._held = self._filled = 0
            self.count += 1
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            self._archive.addfile(member, io.BytesIO(content))
        self._held, self._filled = self._held + 1, self._filled + size

    def close(self) -> None:
        """Finish the last archive."""
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> Shards:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
