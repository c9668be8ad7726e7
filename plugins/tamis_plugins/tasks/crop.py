"""Parts of each image, the same in all, as one object each: for inputs that work on objects, without any model.

``bboxs`` are the parts: ``[x, y, width, height]`` each, as shares of the image's width and height from its top left, so
that ``[0.5, 0, 0.5, 1]`` is the right half. They come in this order, as objects of the category ``crop`` with score 1,
and inputs cut them out as they do with detected objects. Lightly's API has the name ``bboxs`` and the range of the
numbers, 0 to 1, and doesn't say what the four are. Here they are what they are in a ``bbox`` of Lightly's prediction
files. A box that ends outside the image is refused: it is most often one of two corners.
"""

from __future__ import annotations

from typing import Any

from tamis import Header, Params, Task, errors, hookimpl

#: How far above 1 a sum of two shares may be, as written in decimal.
ROUNDING = 1e-9


def checked(params: Params) -> list[tuple[float, float, float, float]]:
    """The boxes, those that end at most at the image's edge. Raises `ParameterError` about any other."""
    boxes = []
    for number, (x, y, width, height) in enumerate(params["bboxs"]):
        where = f"bboxs[{number}]"
        if width <= 0 or height <= 0:
            raise errors.ParameterError(where, f"[{x}, {y}, {width}, {height}] has no area: its width or height is 0")
        if max(x + width, y + height) > 1 + ROUNDING:
            message = f"[{x}, {y}, {width}, {height}] ends outside the image: a box is [x, y, width, height]"
            if width > x and height > y:
                message += f"; if these are two corners, write [{x}, {y}, {width - x:.6g}, {height - y:.6g}]"
            raise errors.ParameterError(where, message)
        boxes.append((x, y, min(width, 1 - x), min(height, 1 - y)))
    return boxes


def crops(header: Header, options: list[tuple[float, float, float, float]]) -> list[dict[str, Any]]:
    """From the size of the image alone."""
    return [
        {
            "category_id": 0,
            "score": 1.0,
            "bbox": [x * header.width, y * header.height, width * header.width, height * header.height],
        }
        for x, y, width, height in options
    ]


def categories(params: Params) -> list[str]:
    """The one there is."""
    return ["crop"]


@hookimpl
def tamis_tasks() -> list[Task]:
    """Declare CROP."""
    share = {"type": "number", "minimum": 0, "maximum": 1}
    schema = {
        "properties": {
            "bboxs": {
                "type": "array",
                "items": {"type": "array", "items": share, "minItems": 4, "maxItems": 4},
                "minItems": 1,
                "description": "Boxes [x, y, width, height], as shares of the image.",
            },
        },
        "required": ["bboxs"],
        "examples": [{"bboxs": [[0, 0, 0.5, 1], [0.5, 0, 0.5, 1]]}, {"bboxs": [[0.25, 0.25, 0.5, 0.5]]}],
    }
    return [
        Task(
            "CROP",
            crops,
            task_type="object-detection",
            categories=categories,
            schema=schema,
            prepare=checked,
            doc=__doc__ or "",
        )
    ]
