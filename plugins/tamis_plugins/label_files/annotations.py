"""A task whose predictions are in a file for each image."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from tamis import Annotations, Predictions, PredictionsBuilder, Report
from tamis_plugins.label_files.files import LabelFiles

#: Samples whose files are read before their objects are laid out.
BATCH = 512


class LabelledFiles(Annotations):
    """Tasks whose predictions are in a file for each image.

    Args:
        where: The location.
        files: The label files.
        names: Of the tasks.
        relative: Whether coordinates are shares of width and height.

    Raises:
        DatasetError: there is no label file.
    """

    def __init__(self, where: str, files: LabelFiles, names: Sequence[str], *, relative: bool = False) -> None:
        files.check(where)
        self.where = where
        self._files, self._names, self._relative = files, tuple(names), relative

    def tasks(self) -> Collection[str]:
        """Those that were named."""
        return self._names

    @abstractmethod
    def objects(self, content: bytes, task: str) -> list[dict[str, Any]]:
        """The objects in a file. Raises `ValueError` with what is wrong and in which line."""

    def each(self, paths: Sequence[str], task: str) -> Iterator[list[dict[str, Any]] | str]:
        """The objects in each file, in order, or what is wrong with it."""
        for content in self._files.contents(paths):
            try:
                yield content if isinstance(content, str) else self.objects(content, task)
            except ValueError as error:
                yield str(error)

    def notes(self) -> Sequence[str]:
        """What there is to say when all have been read."""
        return ()

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Each file is read once. One that is wrong costs its sample."""
        builder = PredictionsBuilder(self.task(name), len(samples), relative=self._relative)
        paths, problems, matched = self._files.match(samples)
        builder.reasons |= problems
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            found: dict[int, list[Any]] = {}
            batch = range(start, min(start + BATCH, len(samples)))
            there = {row: path for row in batch if (path := paths[row]) is not None and row not in problems}
            for (row, path), objects in zip(there.items(), self.each([*there.values()], name), strict=True):
                if isinstance(objects, str):
                    builder.reasons[row] = f"{PurePosixPath(path).name}: {objects}"
                else:
                    found[row] = objects
            builder.add(found)
        stems = tuple(self._files.paths)
        orphans = tuple(PurePosixPath(self._files.paths[stems[row]]).name for row in matched.orphans.tolist())
        return builder.build(orphans, self.where, (*matched.notes, *self.notes()))
