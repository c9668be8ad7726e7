"""The selected images and their predicted boxes as a COCO file: ``images``, ``annotations``, ``categories``.

Each image has its name, size and rank. ``task`` names an object-detection task: each of its boxes is an annotation
with its score; without ``task`` there are images only. Boxes are as predicted, in pixels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tamis import Export, Params, Selection, check_output, errors, hookimpl, output_file


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the file, whole or not at all."""
    found: dict[str, Any] = {"images": list(images(selection)), "annotations": [], "categories": []}
    if "task" in options:
        found |= boxes(selection, options["task"])
    with output_file(target, force=options["force"]) as file:
        file.write(json.dumps(found, indent=1).encode())
    yield f"{len(found['images'])} images, {len(found['annotations'])} boxes -> {target}"


def images(selection: Selection) -> Iterator[dict[str, Any]]:
    """Their ids are their ranks."""
    for name, rank in selection.ranks.items():
        try:
            with selection.dataset.image(name) as image:
                yield {"id": rank, "file_name": name, "width": image.width, "height": image.height}
        except OSError as error:
            raise errors.DatasetError(f"{name!r} can't be read: {error.strerror or error}") from error


def boxes(selection: Selection, task: str) -> dict[str, Any]:
    """The boxes of a task, and its categories."""
    annotations = selection.dataset.annotations
    schema = annotations.task(task)
    if schema.task_type != "object-detection":
        raise errors.ParameterError("task", f"'{task}' is {schema.task_type}, and only object-detection has boxes")
    predictions = annotations.predictions(task, selection.selected, lambda done, total: None)
    objects = zip(predictions.rows, predictions.categories, predictions.boxes, predictions.scores, strict=True)
    return {
        "annotations": [
            {
                "id": number,
                "image_id": int(row) + 1,
                "category_id": schema.category_ids[category],
                "bbox": box.tolist(),
                "area": float(box[2] * box[3]),
                "iscrowd": 0,
                "score": float(score),
            }
            for number, (row, category, box, score) in enumerate(objects, start=1)
        ],
        "categories": [
            {"id": id_, "name": name} for id_, name in zip(schema.category_ids, schema.category_names, strict=True)
        ],
    }


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    check_output(target, force=options["force"])


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare acme_coco."""
    schema = {
        "properties": {
            "task": {"type": "string", "minLength": 1, "description": "The object-detection task with the boxes."},
            "force": {"type": "boolean", "default": False, "description": "Replace what is there already."},
        },
        "examples": [{}, {"task": "object-detection"}],
    }
    return [Export("acme_coco", write, check=check, schema=schema, doc=__doc__ or "")]
