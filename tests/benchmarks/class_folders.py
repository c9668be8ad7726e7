"""Images with classes, for everybody: ``python -m tests.benchmarks.class_folders stamps|photographs FILE DIR``.

``FILE`` is a package of Debian, which ``apt-get download`` fetches, and what it holds becomes a folder for each class:

- ``stamps`` of ``tuxpaint-stamps-default`` (2022.06.04): the PNG files among the stamps of animals, food, household,
  plants and vehicles, 324 pictures of things cut out of their background, mostly photographs;
- ``photographs`` of ``gcompris-qt-data`` (3.1): of the activity in which children sort pictures, those of fishes,
  monuments, renewable energy, tools, and other things: 140 small photographs.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import click

STAMPS = ("animals", "food", "household", "plants", "vehicles")
PHOTOGRAPHS = ("fishes", "monuments", "others", "renewable", "tools")


def stamps(root: Path, folder: Path) -> None:
    """Copy the stamps of an unpacked package."""
    place = root / "usr/share/tuxpaint/stamps"
    for path in sorted(path for name in STAMPS for path in (place / name).rglob("*.png")):
        target = folder / path.relative_to(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def photographs(root: Path, folder: Path) -> None:
    """Write the photographs of an unpacked package."""
    content = (root / "usr/share/gcompris-qt/rcc/categorization.rcc").read_bytes()
    for name, image in resources(content):
        if name.parent.name in PHOTOGRAPHS and name.suffix == ".webp":
            (folder / name.parent.name).mkdir(parents=True, exist_ok=True)
            (folder / name.parent.name / name.name).write_bytes(image)


def resources(content: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files in a resource file of Qt that aren't compressed, by path."""
    version, tree, data, names = struct.unpack_from(">4x4I", content)
    size = 14 if version < 2 else 22
    waiting = [(0, PurePosixPath())]
    while waiting:
        node, parent = waiting.pop()
        start = tree + node * size
        at, flags, first, second = struct.unpack_from(">IHII", content, start)
        (length,) = struct.unpack_from(">H", content, names + at)
        name = content[names + at + 6 :][: 2 * length].decode("utf-16-be") if node else ""
        if flags & 2:
            waiting += [(second + child, parent / name) for child in range(first)]
        elif not flags & 1:
            (length,) = struct.unpack_from(">I", content, data + second)
            yield parent / name, content[data + second + 4 :][:length]


@click.command()
@click.argument("kind", type=click.Choice(["stamps", "photographs"]))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path))
def main(kind: str, file: Path, folder: Path) -> None:
    """Unpack it."""
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["dpkg-deb", "-x", str(file), root], check=True)
        {"stamps": stamps, "photographs": photographs}[kind](Path(root), folder)
    click.echo(f"{sum(path.is_file() for path in folder.rglob('*'))} images")


if __name__ == "__main__":
    main()
