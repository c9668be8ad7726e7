"""The labels of the selected images in CVAT's own XML, ``CVAT for images 1.1``, to upload into a task with the images.

The target is the file. Images are called by the names of their samples, in the order picked: CVAT finds them by these.
Objects are boxes; polygons, one for each ring, where there are outlines; masks, where there are run lengths; the points
of keypoints whose confidence is above 0; and classes of a classification tags. CVAT has no place for scores. What XML
can't hold, such as control characters in a name, is spelled out. An image of which it isn't known which objects it has
is left out.

The objects are those of the annotations that were given, or of what the run has predicted, if it has just been made.
``task`` says which, where there are several tasks. tamis writes the file itself: labelformat's CVAT output has boxes
only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

import numpy as np

from tamis import Export, Params, Selection, hookimpl, output_file
from tamis_plugins.labels.labels import LabelledImage, Labels
from tamis_plugins.labels.masks import box_around, mask_of, runs_of
from tamis_plugins.labels.objects import LabelledObject
from tamis_plugins.labels.tasks import TASK
from tamis_plugins.labels.xml import add, document
from tamis_plugins.targets.replacing import FORCE, check_apart, check_file


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the file, whole or not at all."""
    check_apart(target, selection, options)
    labels = Labels.of(selection, options.get("task"))
    root = ElementTree.Element("annotations")
    add(root, "version", "1.1")
    known = add(add(add(root, "meta"), "task"), "labels")
    for name in labels.schema.category_names:
        add(add(known, "label"), "name", name)
    images = labels.known()
    for number, image in enumerate(images):
        element = add(root, "image", id=number, name=image.name, width=image.width, height=image.height)
        for labelled in image.objects:
            for tag, attributes in _shapes(labels, labelled, image):
                add(element, tag, label=labels.category(labelled), source="file", **attributes)
    with output_file(target, force=options["force"]) as file:
        file.write(document(root))
    yield from labels.notes
    yield from labels.without("CVAT", "scores")
    yield from labels.unknown("they are left out")
    yield f"{len(images)} images -> {target}"


def _shapes(labels: Labels, labelled: LabelledObject, image: LabelledImage) -> Iterator[tuple[str, dict[str, object]]]:
    """The elements of an object: their tags and attributes."""
    if labels.schema.task_type == "classification":
        yield "tag", {}
        return
    flat: dict[str, object] = {"occluded": 0, "z_order": 0}
    if len(labelled.keypoints):
        yield "points", {"points": _points(labelled.keypoints[labelled.keypoints[:, 2] > 0, :2]), **flat}
    elif labelled.rings:
        for ring in labelled.rings:
            yield "polygon", {"points": _points(ring), **flat}
    elif labelled.runs is not None:
        mask = mask_of(labelled.runs, image.width, image.height)
        if (box := box_around(mask)) is not None:
            left, top, wide, high = map(int, box)
            runs = runs_of(mask[top : top + high, left : left + wide].reshape(-1))
            size = {"left": left, "top": top, "width": wide, "height": high}
            yield "mask", {"rle": ", ".join(map(str, runs)), **size, **flat}
    elif labelled.box is not None:
        x, y, width, height = labelled.box
        yield "box", {"xtl": x, "ytl": y, "xbr": x + width, "ybr": y + height, **flat}


def _points(points: Iterable[np.ndarray]) -> str:
    return ";".join(f"{x},{y}" for x, y in points)


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare cvat."""
    schema = {"properties": {"task": TASK, "force": FORCE}, "examples": [{"task": "instance-segmentation"}]}
    return [Export("cvat", write, check=check_file, schema=schema, doc=__doc__ or "")]
