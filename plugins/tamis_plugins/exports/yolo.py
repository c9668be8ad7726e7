"""The selected images with their labels as a YOLO data set, from v5 on: what a training takes as it is.

The target is a folder with ``data.yaml``, ``images`` and ``labels``. Each image has the path in ``images`` that its
sample is named by, without what leads to a folder ``images`` in it; or, with ``ranked``, its rank before its file name.
Its label file has the same in ``labels``. ``images=symlink``, ``hardlink`` or ``none`` takes the place of copies.
Classes are numbered from 0, in the order of the task's categories. ``data.yaml`` has all images as both ``train`` and
``val``: replace ``val`` by what you validate on.

A line is ``class x y width height``; or, if every object has an outline, ``class x1 y1 x2 y2 ...``, with several
polygons of one object joined by bridges without width. All is clipped to the image, as trainings demand. An image that
is known to have no objects has an empty file, one of which that isn't known has none. YOLO has no place for masks,
keypoints and scores: boxes are written, and a note says so.

The objects are those of the annotations that were given, or of what the run has predicted, if it has just been made.
``task`` says which, where there are several tasks. tamis writes the files itself: labelformat's YOLO output lets two
images share a file (``a.jpg``, ``a.png``), and boxes reach beyond images.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Export, Params, Selection, hookimpl
from tamis_plugins.labels.boxed import boxed_labels
from tamis_plugins.labels.folder import SCHEMA, label_folder
from tamis_plugins.labels.labels import LabelledImage, Labels
from tamis_plugins.labels.objects import Floats, LabelledObject
from tamis_plugins.targets.replacing import check_folder


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the folder, whole or not at all."""
    labels = boxed_labels(selection, options, "YOLO")
    outlined = all(labelled.rings for labelled in labels.objects())
    with label_folder(selection, target, options, "images", ".txt") as folder:
        for image, file in zip(labels.images, folder.files, strict=True):
            if image.known:
                folder.write("labels" / file, "".join(_lines(image, outlined)).encode())
        folder.write("data.yaml", _description(labels).encode())
    yield from labels.notes
    yield from labels.without("YOLO", "scores", "masks", "keypoints", *(() if outlined else ("outlines",)))
    yield from labels.unknown("they have no label file, which some trainings take for no objects")
    yield f"{len(labels.images)} images -> {target}"


def _lines(image: LabelledImage, outlined: bool) -> Iterator[str]:
    """Of a label file."""
    size = np.array([image.width, image.height])
    for labelled in image.objects:
        if outlined:
            shares = np.clip(_bridged(labelled) / size, 0, 1).reshape(-1)
        elif labelled.box is not None:
            x, y, width, height = labelled.box
            low, high = np.clip(np.array([[x, y], [x + width, y + height]]) / size, 0, 1)
            shares = np.concatenate([(low + high) / 2, high - low])
        else:
            continue
        yield f"{labelled.category} {' '.join(map(repr, shares.tolist()))}\n"


def _bridged(labelled: LabelledObject) -> Floats:
    """The outline as one polygon, which goes from the beginning of the first ring to each other one and back."""
    first, *others = labelled.rings
    start = first[:1]
    closed = [part for ring in others for part in (start, ring, ring[:1])]
    return np.concatenate([first, *closed])


def _description(labels: Labels) -> str:
    """``data.yaml``."""
    names = "".join(f"  {number}: {_quoted(name)}\n" for number, name in enumerate(labels.schema.category_names))
    return f"train: images\nval: images\nnc: {len(labels.schema.category_names)}\nnames:\n{names}"


def _quoted(text: str) -> str:
    """As YAML reads it, whatever is in it."""
    text = text.encode("utf-8", "backslashreplace").decode()
    plain = (letter if letter.isprintable() and letter not in '"\\' else f"\\U{ord(letter):08x}" for letter in text)
    return f'"{"".join(plain)}"'


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare yolo."""
    return [Export("yolo", write, check=check_folder, schema=SCHEMA, doc=__doc__ or "")]
