"""What is wrong with the objects of a sample: where, and what was expected there."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from typing import Any

from tamis.data.prediction_columns import FIELDS, LARGEST, columns_of
from tamis.data.task_schema import TaskSchema, TaskType

#: Where the objects of a file are.
ITEMS = "predictions"


def explained(objects: list[Any], schema: TaskSchema, error: Exception) -> str:
    """What is wrong with the objects of a file: by JSON Schema if that finds anything, else what the checks said."""
    from tamis.validation import find_problems

    if any(isinstance(item, dict) and "polygons" in item for item in objects):  # no file has them
        return str(error)
    try:
        problems = find_problems({"predictions": _beginning(objects)}, file_schema(schema.task_type))
    except Exception:  # noqa: BLE001 (a file that is nested so deeply that it can't even be described)
        problems = []
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}"
    if str(error).startswith(ITEMS):
        return str(error)
    number = _first_bad(objects, schema)
    where = f"{ITEMS}[{number}]"
    item = objects[number]
    for field in FIELDS[schema.task_type] + ("probabilities",):
        value = item.get(field) if isinstance(item, Mapping) else None
        for place, each in enumerate(value) if isinstance(value, list) else [(-1, value)]:
            if isinstance(each, (int, float)) and not -LARGEST <= each <= LARGEST:
                part = f"[{place}]" if place >= 0 else ""
                finite = isinstance(each, int) or math.isfinite(each)
                shown = "a number that is too large" if finite else f"{each}, not a finite number"
                return f"{where}.{field}{part} is {shown}"
    return f"{where}: {error}"


def _beginning(value: Any, depth: int = 3) -> Any:
    """The first thousand of what is in a list, and in lists in it: enough to see what is wrong."""
    if isinstance(value, list):
        return [_beginning(each, depth - 1) for each in value[:1000]] if depth else []
    if isinstance(value, dict):
        return {name: _beginning(each, depth) for name, each in value.items()}
    return value


def _first_bad(objects: list[Any], schema: TaskSchema) -> int:
    """Which object can't be used, the first if several can't."""

    def usable(count: int) -> bool:
        try:
            columns_of(objects[:count], schema)
        except Exception:  # noqa: BLE001
            return False
        return True

    return bisect.bisect_left(range(1, len(objects)), True, key=lambda count: not usable(count))


def file_schema(task_type: TaskType) -> dict[str, Any]:
    """The JSON Schema of one image's file."""
    number = {"type": "number"}
    fields = {
        "category_id": {"type": "integer", "minimum": 0},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "probabilities": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}},
        "bbox": {"type": "array", "items": number, "minItems": 4, "maxItems": 4},
        "keypoints": {"type": "array", "items": number},
        "segmentation": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    }
    item = {"type": "object", "properties": fields, "required": ["category_id", *FIELDS[task_type]]}
    return {
        "type": "object",
        "properties": {"file_name": {"type": "string"}, "predictions": {"type": "array", "items": item}},
        "required": ["predictions"],
    }
