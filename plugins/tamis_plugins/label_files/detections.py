"""Boxes in a file for each image, where categories have names and no list says which there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from tamis import TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.label_files.annotations import LabelledFiles
from tamis_plugins.label_files.files import LabelFiles, LabelFolder

TASK = "detection"
#: The schema of the option that says which categories there are.
NAMES = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
    "description": "The categories; by default those that occur.",
}


@attrs.frozen
class Labelled:
    """An object.

    Attributes:
        category: The name of its category.
        box: x, y, width, height in pixels.
        score: 1 for what was labelled by hand.
    """

    category: str
    box: tuple[float, float, float, float]
    score: float = 1.0


class NamedDetections(LabelledFiles):
    """A task ``detection``. Where the categories aren't said, they are those that occur, in alphabetical order.

    Args:
        folder: Of label files.
        suffix: Of those.
        categories: Their names, if they are said.
    """

    def __init__(self, folder: Path, suffix: str, categories: Sequence[str] | None) -> None:
        super().__init__(str(folder), LabelFiles([LabelFolder(folder)], suffix), [TASK])
        self._said = categories

    @abstractmethod
    def labelled(self, path: Path) -> list[Labelled]:
        """What is in a file. Raises `ValueError` with what is wrong and where."""

    def task(self, name: str) -> TaskSchema:
        """With the categories that were said, or that occur."""
        if name != TASK:
            return super().task(name)
        names = tuple(self._positions)
        if not names:
            raise PredictionError(f"{self.where}: no object in any of {len(self._files.paths)} files")
        return TaskSchema(TASK, "object-detection", range(len(names)), names)

    def objects(self, path: Path, task: str) -> list[dict[str, Any]]:
        """As they are in the file."""
        found = self._read.get(path) if self._said is None else self.labelled(path)
        if found is None or isinstance(found, str):
            raise ValueError(found or "it has come after the others")
        return [
            {"category_id": self._position(each.category), "score": each.score, "bbox": list(each.box)}
            for each in found
        ]

    def _position(self, category: str) -> int:
        if category not in self._positions:
            raise ValueError(f"{category!r} is none of the categories {', '.join(self._positions)}")
        return self._positions[category]

    @cached_property
    def _positions(self) -> dict[str, int]:
        names = self._said
        if names is None:
            objects = [each for found in self._read.values() if not isinstance(found, str) for each in found]
            names = sorted({each.category for each in objects})
        return {name: number for number, name in enumerate(names)}

    @cached_property
    def _read(self) -> dict[Path, list[Labelled] | str]:
        """What is in each file, or what is wrong with it: all are read, to know the categories."""
        found: dict[Path, list[Labelled] | str] = {}
        for path in self._files.paths.values():
            try:
                found[path] = self.labelled(path)
            except ValueError as error:
                found[path] = str(error)
        return found
