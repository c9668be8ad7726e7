"""The ``.lightly`` folder that the kit gives to scorers and inputs: a task of each type, and metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tamis.testing.images import SAMPLES, images

#: Each is also the name of a task.
TASK_TYPES = (
    *("classification", "object-detection", "keypoint-detection"),
    *("instance-segmentation", "semantic-segmentation"),
)
CATEGORIES = ("cat", "dog", "house")
WEATHER = ("sunny", "cloudy", "rainy")


def write_lightly(folder: Path) -> None:
    """Write predictions and metadata for the samples; the last of them has neither, others have no object."""
    root = folder / ".lightly"
    _write(root / "predictions" / "tasks.json", TASK_TYPES)
    categories = [{"id": number, "name": name} for number, name in enumerate(CATEGORIES)]
    for task in TASK_TYPES:
        _write(root / "predictions" / task / "schema.json", {"task_type": task, "categories": categories})
    fields = (("temperature", "NUMERIC_FLOAT"), ("floor", "NUMERIC_INT"), ("weather", "CATEGORICAL_STRING"))
    _write(
        root / "metadata" / "schema.json",
        [{"name": path, "path": path, "defaultValue": None, "valueDataType": type_} for path, type_ in fields],
    )
    for number, (which, image) in enumerate(list(images().items())[:-1]):
        name, pixels = SAMPLES[which], image.width * image.height
        file = Path(name).with_suffix(".json")
        for task in TASK_TYPES:
            count = 1 if task == "classification" else number % 4
            objects = [_object(task, number, which, pixels) for which in range(count)]
            _write(root / "predictions" / task / file, {"file_name": name, "predictions": objects})
        values = {"temperature": number - 3.5, "floor": number % 3, "weather": WEATHER[number % len(WEATHER)]}
        _write(root / "metadata" / file, {"file_name": name, "type": "image", "metadata": values})


def _object(task: str, number: int, which: int, pixels: int) -> dict[str, Any]:
    """An object in the first pixel of an image; some have probabilities, some are certain."""
    category = (number + which) % len(CATEGORIES)
    score = (1.0, 0.5, 0.25, 0.0)[(number + which) % 4]
    found: dict[str, Any] = {"category_id": category, "score": score}
    if which % 2 == 0:
        rest = (1 - score) / (len(CATEGORIES) - 1)
        found["probabilities"] = [score if other == category else rest for other in range(len(CATEGORIES))]
    if task != "classification":
        found["bbox"] = [0, 0, 1, 1]
    if task == "keypoint-detection":
        found["keypoints"] = [0, 0, score, 1, 1, 0.5]
    if task.endswith("segmentation"):
        found["segmentation"] = [0, 1, pixels - 1] if pixels > 1 else [0, 1]
    return found


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
