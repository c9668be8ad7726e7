"""A result in a folder, of images with names that are hard to write, and with labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tamis import Dataset, Registry, Selection, select

#: What breaks lists, tables, markup and shells that don't take care, and 300 bytes.
NAMES = (
    "plain.png",
    "=cmd|' /C calc'!A0.png",
    'it\'s "quoted", & more;.png',
    "<script>alert(1)</script>.png",
    "line\u2028end\x0b\x85.png",
    "a.b.c.png",
    "%41 ü #1?.png",
    f"{'d' * 140}/{'n' * 155}.png",
)
CATEGORIES = ({"id": 3, "name": "<b>\"cat\" & 'kitten'"}, {"id": 18, "name": "=dog: {x}"})
HEIGHT = 30


def width_of(name: str) -> int:
    """The width of an image; the widest is picked first."""
    return 60 - NAMES.index(name)


def labels_of(name: str) -> list[dict[str, Any]]:
    """The objects of an image as COCO has them, some of them with polygons of two rings; the last has none."""
    number = NAMES.index(name)
    if number == len(NAMES) - 1:
        return []
    rings = [[4, 4, 14.5, 4, 14.5, 12, 4, 12], [20, 10, 25, 20, 15, 20]]
    return [
        {"category_id": 3, "bbox": [4, 4, 21, 16], "segmentation": rings, "iscrowd": 0},
        {"category_id": 18, "bbox": [number, 2.5, 10, 20], "segmentation": [[number, 2, number + 9, 2, number, 22]]},
    ]


def make_result(folder: Path) -> None:
    """Write ``photos``, ``labels.json`` and ``result``; all images but the first are selected."""
    document: dict[str, Any] = {"categories": CATEGORIES, "images": [], "annotations": []}
    for number, name in enumerate(NAMES):
        path = folder / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size = {"width": width_of(name), "height": HEIGHT}
        Image.new("RGB", (size["width"], HEIGHT), (number, 0, 0)).save(path)
        document["images"].append({"id": number, "file_name": name, **size})
        document["annotations"] += [{"image_id": number, **each} for each in labels_of(name)]
    for number, annotation in enumerate(document["annotations"]):
        annotation["id"] = number
    (folder / "labels.json").write_text(json.dumps(document))
    registry = Registry(environ=False)
    dataset = Dataset.from_directory(folder / "photos").annotate("coco", folder / "labels.json", registry=registry)
    width = {"type": "METADATA", "key": "lightly.width"}
    below = {"type": "THRESHOLD", "threshold": 60, "operation": "SMALLER"}
    config = {
        "n_samples": len(NAMES) - 1,
        "strategies": [{"input": width, "strategy": below}, {"input": width, "strategy": {"type": "WEIGHTS"}}],
    }
    select(dataset, config, registry=registry).write(folder / "result")


def read_result(folder: Path) -> Selection:
    """The selection."""
    return Selection.read(folder / "result", registry=Registry(environ=False))


def pixels_in(ring: list[float], width: int) -> np.ndarray[Any, Any]:
    """Which pixels' centres are in a polygon, by the rule of the ray."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(HEIGHT) + 0.5)
    inside = np.zeros(x.shape, dtype=bool)
    points = list(zip(ring[::2], ring[1::2], strict=True))
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
