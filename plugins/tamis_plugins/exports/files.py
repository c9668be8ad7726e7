"""The selected images themselves: copied or linked into a folder; or a list of their names.

With ``how=copy`` (the default), ``symlink`` or ``hardlink`` the target is a folder. Each image has the path in it that
its sample is named by, so that two images with one file name stay two. With ``ranked`` its file name begins with its
rank, such as ``a/0001_b.jpg``. With ``how=list`` the target is a text file with the name of a selected sample on each
line, in the order picked.

An image that is no file of this machine can be copied, and can't be linked to. A target that is there already is kept,
and the export refused, unless ``force`` is true; it is then replaced as a whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tamis import Export, Images, Params, Selection, check_output, hookimpl, name_lines, output_file, output_folder
from tamis.errors import DatasetError, OutputError


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Copy, link or list what was selected, whole or not at all."""
    how, force = options["how"], options["force"]
    if how == "list":
        with output_file(target, force=force) as file:
            file.writelines(name_lines(selection.selected))
        return
    images = selection.dataset.images
    if images is None:
        raise DatasetError("the dataset has no images: only a list can be made (how=list)")
    put = {"copy": _copy, "symlink": _symlink, "hardlink": _hardlink}[how]
    digits = len(str(len(selection.selected)))
    with output_folder(target, force=force) as folder:
        for rank, name in enumerate(selection.selected, start=1):
            path = folder / _place(name, f"{rank:0{digits}}_" if options["ranked"] else "")
            path.parent.mkdir(parents=True, exist_ok=True)
            put(images, name, path)
    yield f"{len(selection.selected)} images -> {target}"


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    check_output(target, force=options["force"], folder=options["how"] != "list")


def _place(name: str, prefix: str) -> PurePosixPath:
    """Where an image goes in the target. Raises `OutputError` if that would be outside of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise OutputError(f"{name!r} is not a path inside a folder")
    return path.with_name(prefix + path.name)


def _copy(images: Images, name: str, path: Path) -> None:
    with images.open(name) as found:
        if hasattr(found, "read"):
            with path.open("xb") as file:
                shutil.copyfileobj(found, file)
        elif path.suffix:
            found.save(path)
        else:
            found.save(path, format="PNG")


def _symlink(images: Images, name: str, path: Path) -> None:
    path.symlink_to(_file(images, name))


def _hardlink(images: Images, name: str, path: Path) -> None:
    os.link(_file(images, name), path)


def _file(images: Images, name: str) -> Path:
    if (file := images.path(name)) is None:
        raise OutputError(f"{name!r} is no file of this machine, and can't be linked to: use how=copy")
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
