"""Photographs in files, for containers of files."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import photograph


def photos(folder: Path, count: int = 12) -> list[Path]:
    """Photographs, in files of several formats."""
    folder.mkdir()
    found = []
    for number in range(count):
        path = folder / f"{number:03}.{('jpg', 'png', 'webp')[number % 3]}"
        photograph(number).convert("RGB").save(path)
        found.append(path)
    return found
