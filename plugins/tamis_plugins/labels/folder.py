"""A folder with images, and with a label file for each in another folder at the same path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import attrs

from tamis import Params, Selection, output_folder
from tamis_plugins.image_files.places import RANKED, places_of, suffixed
from tamis_plugins.image_files.putting import IMAGES, images_of, put_images
from tamis_plugins.labels.tasks import TASK
from tamis_plugins.targets.replacing import FORCE, check_apart

#: The schema of its options.
SCHEMA = {
    "properties": {"task": TASK, "images": IMAGES, "ranked": RANKED, "force": FORCE},
    "examples": [{"task": "object-detection"}],
}
#: How long the name of an image may be, so that its label file may have a longer suffix.
LONGEST = 250


@attrs.frozen
class LabelFolder:
    """The folder, while it is made.

    Attributes:
        path: Where it is made.
        places: Of the images, below the folder of images.
        files: Of their labels, below the folder of labels.
    """

    path: Path
    places: Sequence[PurePosixPath]
    files: Sequence[PurePosixPath]

    def write(self, file: str | PurePosixPath, content: bytes) -> None:
        """Write a file of it."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def label_folder(selection: Selection, target: str, options: Params, images: str, suffix: str) -> Iterator[LabelFolder]:
    """Make the folder, whole or not at all, with the images in it.

    Args:
        selection: Whose images.
        target: The folder.
        options: Those of `SCHEMA`.
        images: What the folder of images is called.
        suffix: Of label files.

    Raises:
        OutputError: it can't, or mustn't, be written; or two images would share a label file.
        DatasetError: an image can't be read.
    """
    selected = selection.selected
    check_apart(target, selection, options)
    places = [_below(images, place) for place in places_of(selected, ranked=options["ranked"], longest=LONGEST)]
    files = suffixed(places, selected, suffix)
    with output_folder(target, force=options["force"]) as path:
        if options["images"] != "none":
            found = images_of(selection.dataset)
            put_images(found, zip(selected, places, strict=True), path / images, options["images"])
        yield LabelFolder(path, places, files)


def _below(images: str, place: PurePosixPath) -> PurePosixPath:
    """A place without what leads to a folder that is itself called as the folder of images is.

    So names of such a data set keep their places, and programs find the labels that look for them where ``labels``
    stands in place of the last ``images``.
    """
    parts = place.parts
    last = max((number for number, part in enumerate(parts[:-1]) if part == images), default=-1)
    return PurePosixPath(*parts[last + 1 :])
