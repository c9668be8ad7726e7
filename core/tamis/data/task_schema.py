"""Prediction tasks: what one predicts, known before any prediction is read."""

from __future__ import annotations

import re
from typing import Literal, get_args

import attrs

TaskType = Literal[
    "classification", "object-detection", "keypoint-detection", "instance-segmentation", "semantic-segmentation"
]
#: What a prediction task can be.
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)

#: What task and score names are made of; Lightly joins the two, so they share an alphabet.
NAME = re.compile(r"[a-zA-Z0-9_+=,.@:/-]+")


@attrs.frozen
class TaskSchema:
    """What a task predicts.

    Attributes:
        name: The task's name: its folder below ``.lightly/predictions``.
        task_type: One of `TASK_TYPES`.
        category_ids: In the order of the schema; class vectors are in this order. Unique; gaps are allowed.
        category_names: The name of each; unique, and case-sensitive.
    """

    name: str
    task_type: TaskType
    category_ids: tuple[int, ...]
    category_names: tuple[str, ...]


def is_task_name(name: str) -> bool:
    """Whether a task may be called so: it is a folder, inside the one that holds all of them."""
    return bool(NAME.fullmatch(name)) and not {"", ".", ".."} & set(name.split("/"))
