"""The label files below folders, by the paths of their images without a suffix."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

import attrs
import numpy as np

from tamis.errors import DatasetError
from tamis_plugins.label_files.reading import open_file
from tamis_plugins.matching.names import Matched, NameIndex


@attrs.frozen(eq=False)
class LabelFolder:
    """A folder of label files.

    Attributes:
        path: The folder.
        image_folder: What its images are called to be in, relative to the data set; empty for its root.
    """

    path: Path
    image_folder: str = ""


class LabelFiles:
    """All label files of some folders.

    Args:
        folders: The folders.
        suffix: Of the files.
        passed_over: Names of files with this suffix that are no labels, such as ``classes.txt``.
    """

    def __init__(self, folders: Iterable[LabelFolder], suffix: str, passed_over: Sequence[str] = ()) -> None:
        self._folders, self._suffix, self._passed_over = tuple(folders), suffix, frozenset(passed_over)

    def check(self, where: str) -> None:
        """Raise `DatasetError` if there is none at all; most likely another folder was meant."""
        for folder in self._folders:
            for _, _, names in os.walk(folder.path):
                if any(self._is_label(name) for name in names):
                    return
        folders = " or ".join(repr(str(folder.path)) for folder in self._folders)
        raise DatasetError(f"{where}: no label file ({self._suffix}) below {folders}")

    def _is_label(self, name: str) -> bool:
        return name.lower().endswith(self._suffix) and name not in self._passed_over

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Each file by the path of its image without suffix, in alphabetical order."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for directory, _, names in os.walk(folder.path):
                for name in names:
                    if self._is_label(name):
                        path = Path(directory, name)
                        stem = path.relative_to(folder.path).with_suffix("").as_posix()
                        found.setdefault(f"{folder.image_folder}/{stem}".lstrip("/"), path)
        return dict(sorted(found.items()))

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(tuple(self.paths))

    def match(self, samples: Sequence[str]) -> tuple[list[Path | None], dict[int, str], Matched]:
        """The file of each sample, None where there is none; what is wrong with some, by row; how they were matched."""
        stems = [PurePosixPath(sample).with_suffix("").as_posix() for sample in samples]
        matched = self._index.match(stems)
        files = list(self.paths.values())
        rows = matched.rows
        shared = np.flatnonzero(np.bincount(rows[rows >= 0], minlength=len(files)) > 1)
        problems = {
            row: f"{files[rows[row]].name} would be of another sample, too, of another suffix"
            for row in np.flatnonzero(np.isin(rows, shared)).tolist()
            if rows[row] >= 0
        }
        problems |= dict.fromkeys(matched.unclear, "it isn't clear which label file is its own, so none is")
        return [files[row] if row >= 0 else None for row in rows.tolist()], problems, matched


def lines_of(path: Path) -> list[str]:
    """The lines of a small text file. Raises `ValueError` with what is wrong."""
    try:
        with open_file(path) as file:
            return file.read().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise ValueError(f"{path.name} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not text") from error
