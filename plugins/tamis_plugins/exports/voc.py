"""The selected images with their boxes as Pascal VOC has them: an XML file for each.

The target is a folder with ``Annotations``, ``JPEGImages`` and ``ImageSets/Main/selected.txt``, which lists the images
without suffix in the order picked. Each image has the path in ``JPEGImages`` that its sample is named by, without what
leads to a folder ``JPEGImages`` in it; or, with ``ranked``, its rank before its file name. Its XML file has the same in
``Annotations``. ``images=symlink``, ``hardlink`` or ``none`` takes the place of copies.

Corners are in pixels from 0, with the fractions that they have; VOC's own files count pixels from 1. What XML can't
hold, such as control characters in a name, is spelled out. VOC has no place for outlines, masks, keypoints and scores:
boxes are written, and a note says so. An image of which it isn't known which objects it has, has no XML file.

The objects are those of the annotations that were given, or of what the run has predicted, if it has just been made.
``task`` says which, where there are several tasks. tamis writes the files itself: labelformat's VOC output fails on
images in folders, and lets two images share a file (``a.jpg``, ``a.png``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

from tamis import Export, Params, Selection, hookimpl, name_lines
from tamis_plugins.labels.boxed import boxed_labels
from tamis_plugins.labels.folder import SCHEMA, label_folder
from tamis_plugins.labels.labels import LabelledImage, Labels
from tamis_plugins.labels.xml import add, document
from tamis_plugins.targets.replacing import check_folder


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the folder, whole or not at all."""
    labels = boxed_labels(selection, options, "VOC")
    with label_folder(selection, target, options, "JPEGImages", ".xml") as folder:
        for image, place, file in zip(labels.images, folder.places, folder.files, strict=True):
            if image.known:
                folder.write("Annotations" / file, document(_annotation(labels, image, place)))
        stems = name_lines(str(file.with_suffix("")) for file in folder.files)
        folder.write("ImageSets/Main/selected.txt", b"".join(stems))
    yield from labels.notes
    yield from labels.without("VOC", "scores", "outlines", "masks", "keypoints")
    yield from labels.unknown("they have no XML file")
    yield f"{len(labels.images)} images -> {target}"


def _annotation(labels: Labels, image: LabelledImage, place: PurePosixPath) -> ElementTree.Element:
    """The XML of an image."""
    root = ElementTree.Element("annotation")
    add(root, "folder", "JPEGImages")
    add(root, "filename", place)
    size = add(root, "size")
    for key, value in (("width", image.width), ("height", image.height), ("depth", 3)):
        add(size, key, value)
    add(root, "segmented", 0)
    for labelled in image.objects:
        if labelled.box is None:
            continue
        element = add(root, "object")
        add(element, "name", labels.category(labelled))
        for key, text in (("pose", "Unspecified"), ("truncated", 0), ("difficult", 0)):
            add(element, key, text)
        x, y, width, height = labelled.box
        box = add(element, "bndbox")
        for key, corner in (("xmin", x), ("ymin", y), ("xmax", x + width), ("ymax", y + height)):
            add(box, key, corner)
    return root


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare voc."""
    return [Export("voc", write, check=check_folder, schema=SCHEMA, doc=__doc__ or "")]
