"""Finding the images below a folder."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from tamis_plugins.local_files.sieve import SUFFIXES, Sieve


class FolderListing(Sieve):
    """Reads a folder and those in it; each folder once, whatever links lead to it."""

    def __init__(self, root: Path, suffixes: Collection[str] = SUFFIXES) -> None:
        super().__init__(suffixes)
        self._root = root
        self._seen: set[tuple[int, int]] = set()

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
                    self.fail(folder, error.strerror or str(error))
                else:
                    folders += found
                    links += linked

    def _read(self, folder: str) -> tuple[list[str], list[str]]:
        """Take in the files of one folder; return its folders, and its links to folders."""
        status = (self._root / folder).stat()
        if (status.st_dev, status.st_ino) in self._seen:
            self.fail(folder, "a link to a folder that is in the dataset already")
            return [], []
        self._seen.add((status.st_dev, status.st_ino))
        folders: list[str] = []
        links: list[str] = []
        prefix = f"{folder}/" if folder else ""
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                name = prefix + name
                try:
                    is_folder = entry.is_dir()
                except OSError as error:  # such as a link to itself
                    self.fail(name, error.strerror or str(error))
                    continue
                if is_folder:
                    (links if entry.is_symlink() else folders).append(name)
                else:
                    self.take(name)
        return folders, links
