"""Finding the images below a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from tamis import Failure

#: File name suffixes that make a file in a folder an image to select from.
SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *(
            "avif",
            "bmp",
            "gif",
            "heic",
            "heif",
            "hif",
            "j2k",
            "jfif",
            "jp2",
            "jpe",
            "jpeg",
            "jpg",
            "mpo",
            "pbm",
            "pgm",
            "png",
            "pnm",
            "ppm",
        ),
        *("qoi", "tif", "tiff", "webp"),
    )
)

#: What a file is counted as whose name has none.
NO_SUFFIX = "without a suffix"

_LINE_BREAK = "results are lists with one name per line"


class FolderListing:
    """Reads a folder and those in it; each folder once, whatever links lead to it.

    Args:
        root: The folder.
        suffixes: Of the files that are meant.

    Attributes:
        names: Of these files, relative to the folder, in no order.
        failures: What can't be read, or can't be a sample.
        ignored: How many files have another suffix.
        kinds: How many have which, in lower case.
        other: The first of those in alphabetical order.
    """

    def __init__(self, root: Path, suffixes: Collection[str] = SUFFIXES) -> None:
        self._root, self._suffixes = root, suffixes
        self._seen: set[tuple[int, int]] = set()
        self.names: list[str] = []
        self.failures: list[Failure] = []
        self.ignored = 0
        self.kinds: Counter[str] = Counter()
        self.other = ""

    def read(self) -> None:
        """Folders proper first, then those that only links lead to, in the order of their paths."""
        links = [""]
        while links:
            links.sort(reverse=True)
            folders = [links.pop()]
            while folders:
                folder = folders.pop()
                try:
                    found, linked = self._read(folder)
                except OSError as error:
                    self._fail(folder, error.strerror or str(error))
                else:
                    folders += found
                    links += linked

    def _read(self, folder: str) -> tuple[list[str], list[str]]:
        """Take in the files of one folder; return its folders, and its links to folders."""
        status = (self._root / folder).stat()
        if (status.st_dev, status.st_ino) in self._seen:
            self._fail(folder, "a link to a folder that is in the dataset already")
            return [], []
        self._seen.add((status.st_dev, status.st_ino))
        folders: list[str] = []
        links: list[str] = []
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    is_folder = entry.is_dir()
                except OSError as error:  # such as a link to itself
                    self._fail(name, error.strerror or str(error))
                    continue
                if is_folder:
                    (links if entry.is_symlink() else folders).append(name)
                else:
                    self._take(name)
        return folders, links

    def _take(self, name: str) -> None:
        if (suffix := PurePosixPath(name).suffix.lower()) not in self._suffixes:
            self.ignored += 1
            self.kinds[suffix or NO_SUFFIX] += 1
            self.other = min(self.other or name, name)
        elif "\n" in name or "\r" in name:
            self._fail(name, f"its name holds a line break: {_LINE_BREAK}")
        else:
            self.names.append(name)

    def _fail(self, name: str, reason: str) -> None:
        self.failures.append(Failure(name or ".", "list", None, reason))

    def reasons(self) -> str:
        """What went wrong, a line each, for an error."""
        return "".join(f"\n{failure}" for failure in self.failures[:5])
