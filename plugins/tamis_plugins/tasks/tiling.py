"""Tiles of each image, in rows and columns, as one object each: for inputs that work on objects, without any model.

``overlap`` is the share of a tile that it has in common with the next, from 0 to 1. All tiles of an image have one
size, and together they cover it exactly: of C columns, each is ``width / (C - (C - 1) * overlap)`` wide, and so for
rows. They come row by row, as objects of the category ``tile`` with score 1. How Lightly's worker laid out overlapping
tiles was never published; this layout is ours. There are 256 rows and 256 columns at the most.
"""

from __future__ import annotations

from typing import Any

from tamis import Header, Params, Task, hookimpl

#: Rows, and columns, of tiles at the most.
MOST = 256


def spans(length: int, count: int, overlap: float) -> list[tuple[float, float]]:
    """Start and size of each tile along one side."""
    size = length / (count - (count - 1) * overlap)
    return [(number * size * (1 - overlap), size) for number in range(count)]


def tiles(header: Header, options: Params) -> list[dict[str, Any]]:
    """From the size of the image alone."""
    overlap = options["overlap"]
    return [
        {"category_id": 0, "score": 1.0, "bbox": [x, y, width, height]}
        for y, height in spans(header.height, options["num_rows"], overlap)
        for x, width in spans(header.width, options["num_cols"], overlap)
    ]


def categories(params: Params) -> list[str]:
    """There is one."""
    return ["tile"]


@hookimpl
def tamis_tasks() -> list[Task]:
    """Declare TILING."""
    schema = {
        "properties": {
            "num_rows": {"type": "integer", "minimum": 1, "maximum": MOST},
            "num_cols": {"type": "integer", "minimum": 1, "maximum": MOST},
            "overlap": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.0,
                "description": "Share of a tile that the next one has too.",
            },
        },
        "required": ["num_rows", "num_cols"],
        "examples": [{"num_rows": 2, "num_cols": 3}, {"num_rows": 1, "num_cols": 2, "overlap": 0.25}],
    }
    return [
        Task("TILING", tiles, task_type="object-detection", categories=categories, schema=schema, doc=__doc__ or "")
    ]
