"""COCO's annotations of an image as the objects of a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np

from tamis_plugins.coco.ids import number_of_id
from tamis_plugins.coco.masks import runs_of

#: What a task of a file can be called.
Task = Literal["detection", "segmentation", "keypoints"]
TASKS: tuple[Task, ...] = get_args(Task)
TYPES = {
    "detection": "object-detection",
    "segmentation": "instance-segmentation",
    "keypoints": "keypoint-detection",
}
#: What an annotation has for each.
KEYS = {"detection": "bbox", "segmentation": "segmentation", "keypoints": "keypoints"}


def has(task: Task, annotation: Any) -> bool:
    """Whether an annotation has something for a task."""
    return bool(annotation.get(KEYS[task]))


def objects_of(
    task: Task,
    annotations: Iterable[Any],
    size: tuple[int, int] | None,
    *,
    results: bool,
    crowd: bool,
    counts: Counter[str],
) -> list[dict[str, Any]]:
    """The objects of an image, as `tamis.PredictionsBuilder` takes them.

    Args:
        task: Which task.
        annotations: Of the image.
        size: Its width and height, if they are known.
        results: Whether they have scores.
        crowd: Whether to take those of crowds.
        counts: Counted on are ``crowds``, be they taken or left out, and those ``lacking`` something for the task.

    Raises:
        ValueError: one is not as it must be.
    """
    objects = []
    for annotation in annotations:
        counts["crowds"] += (is_crowd := annotation.get("iscrowd") in (1, True))
        if is_crowd and not crowd:
            continue
        if not has(task, annotation):
            counts["lacking"] += 1
            continue
        try:
            found = {
                "category_id": number_of_id(annotation.get("category_id")),
                "score": annotation.get("score") if results else 1.0,
                **_MAKERS[task](annotation, size, results),
            }
        except (ValueError, TypeError, OverflowError) as error:
            which = f"annotation {annotation['id']}" if "id" in annotation else "an annotation"
            raise ValueError(f"{which}: {KEYS[task]}: {error}") from error
        objects.append(found)
    return objects


def _detection(annotation: Any, size: tuple[int, int] | None, results: bool) -> dict[str, Any]:
    return {"bbox": annotation["bbox"]}


def _segmentation(annotation: Any, size: tuple[int, int] | None, results: bool) -> dict[str, Any]:
    given = annotation["segmentation"]
    if isinstance(given, list):
        rings = [ring for ring in given if not isinstance(ring, list) or len(ring) >= 6]
        if not rings:
            raise ValueError("no polygon has three points")
        return {"polygons": rings, "bbox": annotation.get("bbox") or _around(rings)}
    runs, box = runs_of(given, size)
    return {"segmentation": runs, "bbox": annotation.get("bbox") or box or [0.0, 0.0, 0.0, 0.0]}


def _around(rings: list[Any]) -> list[float]:
    points = np.concatenate([np.array(ring, dtype=np.float64).reshape(-1, 2) for ring in rings])
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return [left, top, right - left, bottom - top]


def _keypoints(annotation: Any, size: tuple[int, int] | None, results: bool) -> dict[str, Any]:
    """A keypoint that was labelled (visibility 1 or 2) has confidence 1; one that wasn't, 0."""
    points = np.array(annotation["keypoints"], dtype=np.float64)
    if points.ndim != 1 or len(points) % 3:
        raise ValueError("not x, y and visibility for each")
    seen = points[2::3]
    if not results and len(odd := seen[~np.isin(seen, (0, 1, 2))]):
        raise ValueError(f"a visibility is {odd[0]:g}, not 0, 1 or 2")
    points[2::3] = np.minimum(points[2::3], 1)
    return {"keypoints": points.tolist(), **({"bbox": annotation["bbox"]} if annotation.get("bbox") else {})}


_MAKERS = {"detection": _detection, "segmentation": _segmentation, "keypoints": _keypoints}
