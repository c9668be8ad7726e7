"""How images get to a place: as copies, or as links."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from PIL import Image

from tamis import Dataset, Images
from tamis.errors import DatasetError, OutputError


def images_of(dataset: Dataset, otherwise: str = "") -> Images:
    """The images of a dataset. Raises `DatasetError` if it has none, and says what can be done otherwise."""
    if dataset.images is None:
        raise DatasetError(f"the dataset has no images{otherwise}")
    return dataset.images


def put_images(images: Images, places: Iterable[tuple[str, PurePosixPath]], folder: Path, how: str) -> None:
    """Put images into a folder that is being made, by one of `WAYS`.

    Raises:
        DatasetError: an image can't be read.
        OutputError: it is no file of this machine, and can't be linked to.
        OSError: it can't be written.
    """
    for name, place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        WAYS[how](images, name, path)


def copy_image(images: Images, name: str, file: IO[bytes]) -> None:
    """Write what an image's file holds; one in memory in the format that its suffix stands for, else as PNG.

    Raises:
        DatasetError: it can't be read.
    """
    with ExitStack() as stack:
        with _reading(name):
            found = stack.enter_context(images.open(name))
        if isinstance(found, Image.Image):
            format_ = Image.registered_extensions().get(PurePosixPath(name).suffix.lower(), "PNG")
            found.save(file, format_ if format_ in Image.SAVE else "PNG")
            return
        while block := _block(found, name):
            file.write(block)


def _block(file: IO[bytes], name: str) -> bytes:
    with _reading(name):
        return file.read(1 << 20)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Tell what can't be read from what can't be written."""
    try:
        yield
    except OSError as error:
        raise DatasetError(f"the image {name!r} can't be read: {error.strerror or error}") from error


def _copy(images: Images, name: str, path: Path) -> None:
    with path.open("xb") as file:
        copy_image(images, name, file)


def _symlink(images: Images, name: str, path: Path) -> None:
    path.symlink_to(file_of(images, name))


def _hardlink(images: Images, name: str, path: Path) -> None:
    os.link(file_of(images, name).resolve(), path)


def file_of(images: Images, name: str) -> Path:
    """The file of this machine that an image is. Raises `OutputError` if it is none, `DatasetError` if it is gone."""
    if (file := images.path(name)) is None:
        raise OutputError(f"{name!r} is no file of this machine, and can't be linked to: use how=copy")
    if not file.is_file():
        raise DatasetError(f"the image {name!r} can't be linked to: there is no file {str(file)!r}")
    return file.absolute()


#: How an image gets to a path.
WAYS: Mapping[str, Callable[[Images, str, Path], None]] = {
    "copy": _copy,
    "symlink": _symlink,
    "hardlink": _hardlink,
}
#: The schema of an option of exports whose images go along.
IMAGES = {
    "enum": [*WAYS, "none"],
    "default": "copy",
    "description": "What becomes of the images; none leaves them out.",
}
