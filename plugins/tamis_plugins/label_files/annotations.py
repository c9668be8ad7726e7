"""A task whose predictions are in a file for each image."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from tamis import Annotations, Predictions, PredictionsBuilder, Report
from tamis_plugins.label_files.files import LabelFiles

if TYPE_CHECKING:
    from pathlib import Path

#: Samples whose files are read before their objects are laid out.
BATCH = 512


class LabelledFiles(Annotations):
    """Tasks whose predictions are in a file for each image.

    Args:
        where: The location.
        files: The label files.
        names: Of the tasks.
        relative: Whether coordinates are shares of width and height.
    """

    def __init__(self, where: str, files: LabelFiles, names: Sequence[str], *, relative: bool = False) -> None:
        self.where = where
        self._files, self._names, self._relative = files, tuple(names), relative

    def tasks(self) -> Collection[str]:
        """Those that were named."""
        return self._names

    @abstractmethod
    def objects(self, path: Path, task: str) -> list[dict[str, Any]]:
        """The objects in a file. Raises `ValueError` with what is wrong and in which line."""

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
            for row in range(start, min(start + BATCH, len(samples))):
                path = paths[row]
                if path is None or row in problems:
                    continue
                try:
                    found[row] = self.objects(path, name)
                except ValueError as error:
                    builder.reasons[row] = f"{path.name}: {error}"
            builder.add(found)
        stems = tuple(self._files.paths)
        orphans = tuple(self._files.paths[stems[row]].name for row in matched.orphans.tolist())
        return builder.build(orphans, self.where, (*matched.notes, *self.notes()))
