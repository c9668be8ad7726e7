"""Boxes in a file for each image, where categories have names and no list says which there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import attrs

from tamis import TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.anywhere.tree import Tree
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
        tree: What they are in.
        folder: Of label files, in the tree.
        suffix: Of those.
        categories: Their names, if they are said.
    """

    def __init__(self, tree: Tree, folder: str, suffix: str, categories: Sequence[str] | None) -> None:
        super().__init__(tree.shown(folder), LabelFiles(tree, [LabelFolder(folder)], suffix), [TASK])
        self._said = categories

    @abstractmethod
    def labelled(self, content: bytes) -> list[Labelled]:
        """What is in a file. Raises `ValueError` with what is wrong and where."""

    def task(self, name: str) -> TaskSchema:
        """With the categories that were said, or that occur."""
        if name != TASK:
            return super().task(name)
        names = tuple(self._positions)
        if not names:
            wrong = (f"{path}: {found}" for path, found in self._read.items() if isinstance(found, str))
            first = next((f"; {each}" for each in wrong), "")
            raise PredictionError(f"{self.where}: no object in any of {len(self._files.paths)} files{first}")
        return TaskSchema(TASK, "object-detection", range(len(names)), names)

    def objects(self, content: bytes, task: str) -> list[dict[str, Any]]:
        """As they are in the file."""
        return self._laid_out(self.labelled(content))

    def each(self, paths: Sequence[str], task: str) -> Iterator[list[dict[str, Any]] | str]:
        """Not read again where all have been."""
        if self._said is not None:
            yield from super().each(paths, task)
            return
        for path in paths:
            found = self._read.get(path, "it has come after the others")
            yield found if isinstance(found, str) else self._laid_out(found)

    def _laid_out(self, found: Sequence[Labelled]) -> list[dict[str, Any]]:
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
    def _read(self) -> dict[str, list[Labelled] | str]:
        """What is in each file, or what is wrong with it: all are read, to know the categories."""
        found: dict[str, list[Labelled] | str] = {}
        paths = list(self._files.paths.values())
        for path, content in zip(paths, self._files.contents(paths), strict=True):
            try:
                found[path] = content if isinstance(content, str) else self.labelled(content)
            except ValueError as error:
                found[path] = str(error)
        return found
