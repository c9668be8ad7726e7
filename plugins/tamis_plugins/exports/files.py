"""The selected images themselves: copied or linked into a folder; or a list of their names.

With ``how=copy`` (the default), ``symlink`` or ``hardlink`` the target is a folder. Each image has the path in it that
its sample is named by, so that two images with one file name stay two. With ``ranked`` its file name begins with its
rank, such as ``a/0001_b.jpg``. With ``how=list`` the target is a text file with the name of a selected sample on each
line, in the order picked.

An image that is no file of this machine can be copied, and can't be linked to. A target that is there already is kept,
and the export refused, unless ``force`` is true; it is then replaced as a whole. A folder that
holds images of the dataset is never replaced. An image in memory is saved in the format that its suffix stands for, or
as PNG.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from PIL import Image

from tamis import Export, Images, Params, Selection, check_output, hookimpl, name_lines, output_file, output_folder
from tamis.errors import DatasetError, OutputError, ParameterError


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Copy, link or list what was selected, whole or not at all."""
    how, force = options["how"], options["force"]
    selected = selection.selected
    if how == "list":
        if options["ranked"]:
            raise ParameterError("ranked", "is for images: a list is in the order of ranks anyway")
        with output_file(target, force=force) as file:
            file.writelines(name_lines(selected))
        yield f"{len(selected)} names -> {target}"
        return
    images = selection.dataset.images
    if images is None:
        raise DatasetError("the dataset has no images: only a list can be made (how=list)")
    if force:
        _check_apart(Path(target), selection.dataset.samples, images)
    put = {"copy": _copy, "symlink": _symlink, "hardlink": _hardlink}[how]
    digits = len(str(len(selected)))
    with output_folder(target, force=force) as folder:
        for rank, name in enumerate(selected, start=1):
            path = folder / _place(name, f"{rank:0{digits}}_" if options["ranked"] else "")
            path.parent.mkdir(parents=True, exist_ok=True)
            put(images, name, path)
    yield f"{len(selected)} images -> {target}"


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    check_output(target, force=options["force"], folder=options["how"] != "list")


def _check_apart(target: Path, samples: Iterable[str], images: Images) -> None:
    """Raise `OutputError` if images of the dataset are in the folder that would be replaced."""
    if not target.is_dir():
        return
    files = ((name, file) for name in samples if (file := images.path(name)) is not None)
    folders = {file.parent: name for name, file in files}
    for folder, name in folders.items():
        if folder.resolve().is_relative_to(target.resolve()):
            raise OutputError(f"{str(target)!r} holds {name!r}, an image of the dataset: it can't be replaced")


def _place(name: str, prefix: str) -> PurePosixPath:
    """Where an image goes in the target. Raises `OutputError` if that would be outside of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name:
        raise OutputError(f"{name!r} is not a path inside a folder")
    return path.with_name(prefix + path.name)


def _copy(images: Images, name: str, path: Path) -> None:
    with ExitStack() as stack:
        with _reading(name):
            found = stack.enter_context(images.open(name))
        if isinstance(found, Image.Image):
            _save(found, path)
            return
        with path.open("xb") as file:
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


def _save(image: Image.Image, path: Path) -> None:
    """As its suffix says; as PNG if that stands for no format."""
    format_ = Image.registered_extensions().get(path.suffix.lower(), "PNG")
    with path.open("xb") as file:
        image.save(file, format_ if format_ in Image.SAVE else "PNG")


def _symlink(images: Images, name: str, path: Path) -> None:
    path.symlink_to(_file(images, name))


def _hardlink(images: Images, name: str, path: Path) -> None:
    os.link(_file(images, name).resolve(), path)


def _file(images: Images, name: str) -> Path:
    if (file := images.path(name)) is None:
        raise OutputError(f"{name!r} is no file of this machine, and can't be linked to: use how=copy")
    if not file.is_file():
        raise DatasetError(f"the image {name!r} can't be linked to: there is no file {str(file)!r}")
    return file.absolute()


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare files."""
    schema = {
        "properties": {
            "how": {"enum": ["copy", "symlink", "hardlink", "list"], "default": "copy"},
            "ranked": {"type": "boolean", "default": False, "description": "Put the rank before each file name."},
            "force": {"type": "boolean", "default": False, "description": "Replace what is there already."},
        }
    }
    return [Export("files", write, check=check, schema=schema, doc=__doc__ or "")]
