"""Prediction tasks: what one predicts, known before any prediction is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from tamis.data.names import labels

TaskType = Literal[
    "classification", "object-detection", "keypoint-detection", "instance-segmentation", "semantic-segmentation"
]
#: What a prediction task can be.
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)

#: Those whose objects are things to look at, each in a box.
BOXED: tuple[TaskType, ...] = ("object-detection", "keypoint-detection", "instance-segmentation")

#: What task and score names are made of; Lightly joins the two, so they share an alphabet.
NAME = re.compile(r"[a-zA-Z0-9_+=,.@:/-]+")


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen
class TaskSchema:
    """What a task predicts.

    Attributes:
        name: The task's name: letters, digits and ``_+=,.@:/-``.
        task_type: One of `TASK_TYPES`.
        category_ids: Integers from 0, in the order of the schema; class vectors are in this order. Unique; gaps are
            allowed.
        category_names: The name of each; unique, and case-sensitive. What UTF-8 can't write of them is spelled out.

    Raises:
        ValueError: one of them is none.
    """

    name: str
    task_type: TaskType
    category_ids: tuple[int, ...] = attrs.field(converter=_tuple)
    category_names: tuple[str, ...] = attrs.field(converter=labels)

    def __attrs_post_init__(self) -> None:
        ids: Iterable[Any] = self.category_ids  # whatever was given
        names: Iterable[Any] = self.category_names
        if not self.is_name(self.name):
            raise ValueError(f"{self.name!r} can't be the name of a task")
        if self.task_type not in TASK_TYPES:
            raise ValueError(f"task_type is {self.task_type!r}, not one of {', '.join(TASK_TYPES)}")
        if not self.category_ids or len(self.category_ids) != len(self.category_names):
            raise ValueError("categories are not a list of at least one, each with an id and a name")
        for number, (id_, label) in enumerate(zip(ids, names, strict=True)):
            if not isinstance(id_, int) or isinstance(id_, bool) or id_ < 0:
                raise ValueError(f"categories[{number}].id is {id_!r}, not an integer from 0")
            if not isinstance(label, str) or not label:
                raise ValueError(f"categories[{number}].name is {label!r}, not a name")
        for what, values in (("id", Counter(self.category_ids)), ("name", Counter(self.category_names))):
            for value, count in values.items():
                if count > 1:
                    raise ValueError(f"{count} categories have the {what} {value!r}")

    @property
    def has_boxes(self) -> bool:
        """Whether its objects are things to look at, each in a box."""
        return self.task_type in BOXED

    @staticmethod
    def is_name(name: Any) -> bool:
        """Whether a task may be called so. A name may be a path, and then one inside a folder."""
        return isinstance(name, str) and bool(NAME.fullmatch(name)) and not {"", ".", ".."} & set(name.split("/"))

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> TaskSchema:
        """From ``{"task_type": ..., "categories": [{"id": 0, "name": "car"}, ...]}``, as a ``schema.json`` has it.

        Raises:
            ValueError: it is none.
        """
        given: Any = data
        categories = given.get("categories") if isinstance(given, Mapping) else None
        if not isinstance(categories, Sequence) or isinstance(categories, str) or not categories:
            raise ValueError("categories is not a list of at least one")
        pairs = [
            tuple(category.get(key) if isinstance(category, Mapping) else None for key in ("id", "name"))
            for category in categories
        ]
        return cls(name, data.get("task_type"), *zip(*pairs, strict=True))  # type: ignore[arg-type]  # it is checked
