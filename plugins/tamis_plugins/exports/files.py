"""The selected images themselves: copied or linked into a folder; or a list of them.

With ``how=copy`` (the default), ``symlink`` or ``hardlink`` the target is a folder. Each image has the path in it that
its sample is named by, so that two images with one file name stay two. With ``ranked`` all are in one folder, and a
file name begins with its rank, such as ``0001_b.jpg``. A file name of more than 255 bytes is cut, and a number stands
for the rest.

With ``how=list`` the target is a text file with a selected sample on each line, in the order picked: its name; with
``absolute`` the path of its file; with ``root``, such as ``https://host/photos/`` or ``s3://bucket/photos/``, that and
its name. After http, https, file, or no scheme at all, the name is percent-encoded.

An image that is no file of this machine can be copied, and can't be linked to. A target that is there already is kept,
and the export refused, unless ``force`` is true; it is then replaced as a whole. A folder that holds images of the
dataset, or annotations that were read, is never replaced. An image in memory is saved in the format that its suffix
stands for, or as PNG.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tamis import Export, Params, Selection, check_output, hookimpl, name_lines, output_file, output_folder
from tamis.errors import ParameterError
from tamis_plugins.image_files.places import RANKED, places_of
from tamis_plugins.image_files.putting import WAYS, file_of, images_of, put_images
from tamis_plugins.image_files.urls import url_of
from tamis_plugins.targets.replacing import FORCE, check_apart


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Copy, link or list what was selected, whole or not at all."""
    how, force = options["how"], options["force"]
    check_options(options)
    selected = selection.selected
    check_apart(target, selection, options)
    if how == "list":
        lines = list(_listed(selection, options))
        with output_file(target, force=force) as file:
            file.writelines(name_lines(lines))
        yield f"{len(selected)} names -> {target}"
        return
    images = images_of(selection.dataset, ": only a list can be made (how=list)")
    places = places_of(selected, ranked=options["ranked"])
    with output_folder(target, force=force) as folder:
        put_images(images, zip(selected, places, strict=True), folder, how)
    yield f"{len(selected)} images -> {target}"


def _listed(selection: Selection, options: Params) -> Iterable[str]:
    """What stands on the lines of a list."""
    if "root" in options:
        return (url_of(options["root"], name) for name in selection.selected)
    if not options["absolute"]:
        return selection.selected
    images = images_of(selection.dataset, ": they have no paths")
    return (str(file_of(images, name)) for name in selection.selected)


def check_options(options: Params) -> None:
    """Raise `ParameterError` about options that don't go together."""
    if options["how"] == "list":
        if options["ranked"]:
            raise ParameterError("ranked", "is for images: a list is in the order of ranks anyway")
        if options["absolute"] and "root" in options:
            raise ParameterError("root", "is there beside absolute: a line is a path of this machine, or below a root")
    elif options["absolute"] or "root" in options:
        raise ParameterError("absolute" if options["absolute"] else "root", "is for lists (how=list)")


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    check_options(options)
    check_output(target, force=options["force"], folder=options["how"] != "list")


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare files."""
    schema = {
        "properties": {
            "how": {"enum": [*WAYS, "list"], "default": "copy"},
            "ranked": RANKED,
            "absolute": {
                "type": "boolean",
                "default": False,
                "description": "Of a list: whether lines are paths that begin at the root of this machine.",
            },
            "root": {"type": "string", "minLength": 1, "description": "Of a list: what stands before each name."},
            "force": FORCE,
        },
        "examples": [{}, {"how": "list", "root": "https://host/photos/"}],
    }
    return [Export("files", write, check=check, schema=schema, doc=__doc__ or "")]
