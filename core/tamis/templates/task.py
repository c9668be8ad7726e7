"""The left part of each image, as an object with the score 1: its share is a parameter."""

from __future__ import annotations

from typing import Any

from tamis import Header, Params, Task, hookimpl


def predict(header: Header, options: Params) -> list[dict[str, Any]]:
    """Objects as a prediction file has them; ``bbox`` is left, top, width and height in pixels."""
    return [{"category_id": 0, "score": 1.0, "bbox": [0, 0, header.width * options["share"], header.height]}]


def categories(params: Params) -> list[str]:
    """The names of what it can predict; ``category_id`` is a position among them."""
    return ["left"]


@hookimpl
def tamis_tasks() -> list[Task]:
    """Declare the task."""
    share = {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.5, "description": "Of the width."}
    return [
        Task(
            "TEMPLATE_KEY",
            predict,
            task_type="object-detection",
            categories=categories,
            schema={"properties": {"share": share}},
            doc=__doc__ or "",
        )
    ]
