"""The labels of the selected images as COCO's ground truth: a JSON file.

The target is the file. ``images`` are the selected samples in the order picked, with their ranks as ids and their names
as ``file_name``; ``categories`` are those of the task, with its ids; ``annotations`` are its objects. Each has
``bbox``, ``area`` and ``iscrowd`` 0; with an outline, polygons as ``segmentation``, and with a mask, run lengths; with
keypoints, those whose confidence is above 0 as visible. A ``score`` is there where it isn't 1: COCO's own tools pass it
over. A box is clipped to its image; an object without one is in the box around its mask, outline or keypoints.

An image that is known to have no objects is listed without annotations. One of which that isn't known, as its labels
are missing, unclear or invalid, is not listed, and a note says how many there are.

The objects are those of the annotations that were given, or of what the run has predicted, if it has just been made.
``task`` says which, where there are several tasks. tamis writes the file itself: labelformat's COCO output has no
``id`` of objects, which pycocotools needs, and no keypoints.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from tamis import Export, Params, Selection, hookimpl, output_file
from tamis_plugins.labels.boxed import boxed_labels
from tamis_plugins.labels.labels import LabelledImage
from tamis_plugins.labels.masks import mask_of, runs_of
from tamis_plugins.labels.objects import LabelledObject
from tamis_plugins.labels.tasks import TASK
from tamis_plugins.targets.replacing import FORCE, check_apart, check_file


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the file, whole or not at all."""
    check_apart(target, selection, options)
    labels = boxed_labels(selection, options, "COCO")
    schema = labels.schema
    images = {rank: image for rank, image in enumerate(labels.images, start=1) if image.known}
    annotations = [
        {
            "image_id": rank,
            "category_id": schema.category_ids[labelled.category],
            **_place(labelled, image),
            **({"score": labelled.score} if labelled.score < 1 else {}),
        }
        for rank, image in images.items()
        for labelled in image.objects
        if labelled.box is not None
    ]
    content = {
        "images": [
            {"id": rank, "file_name": image.name, "width": image.width, "height": image.height}
            for rank, image in images.items()
        ],
        "categories": [
            {"id": id_, "name": name} for id_, name in zip(schema.category_ids, schema.category_names, strict=True)
        ],
        "annotations": [{"id": id_, **annotation} for id_, annotation in enumerate(annotations, start=1)],
    }
    with output_file(target, force=options["force"]) as file:
        file.write(json.dumps(content).encode())
    yield from labels.notes
    yield from labels.unknown("they are left out")
    yield f"{len(annotations)} objects of {len(images)} images -> {target}"


def _place(labelled: LabelledObject, image: LabelledImage) -> dict[str, Any]:
    """Where an object is, as COCO has it."""
    assert labelled.box is not None  # noqa: S101 (others are left out)
    found: dict[str, Any] = {"bbox": labelled.box, "area": labelled.box[2] * labelled.box[3], "iscrowd": 0}
    if labelled.rings:
        found["segmentation"] = [ring.reshape(-1).tolist() for ring in labelled.rings]
        found["area"] = sum(map(_area, labelled.rings))
    elif labelled.runs is not None:
        by_column = mask_of(labelled.runs, image.width, image.height).T.reshape(-1)
        found["segmentation"] = {"size": [image.height, image.width], "counts": runs_of(by_column)}
        found["area"] = int(by_column.sum())
    if len(labelled.keypoints):
        seen = labelled.keypoints[:, 2:] > 0
        points = np.where(seen, np.concatenate([labelled.keypoints[:, :2], 2.0 * seen], axis=1), 0)
        found["keypoints"] = points.reshape(-1).tolist()
        found["num_keypoints"] = int(seen.sum())
    return found


def _area(ring: Any) -> float:
    """Of the polygon."""
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare coco."""
    schema = {
        "properties": {
            "task": TASK,
            "force": FORCE,
        },
        "examples": [{"task": "instance-segmentation"}],
    }
    return [Export("coco", write, check=check_file, schema=schema, doc=__doc__ or "")]
