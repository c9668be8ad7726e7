"""The label files below folders, by the paths of their images without a suffix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

import attrs
import numpy as np

from tamis.errors import DatasetError
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.matching.names import Matched, NameIndex


@attrs.frozen(eq=False)
class LabelFolder:
    """A folder of label files.

    Attributes:
        path: The folder, in the tree.
        image_folder: What its images are called to be in, relative to the data set; empty for its root.
    """

    path: str = ""
    image_folder: str = ""


class LabelFiles:
    """All label files of some folders.

    Args:
        tree: What they are in.
        folders: The folders.
        suffix: Of the files.
        passed_over: Names of files with this suffix that are no labels, such as ``classes.txt``.
    """

    def __init__(
        self, tree: Tree, folders: Iterable[LabelFolder], suffix: str, passed_over: Sequence[str] = ()
    ) -> None:
        self._tree, self._folders = tree, tuple(folders)
        self._suffix, self._passed_over = suffix, frozenset(passed_over)

    def check(self, where: str) -> None:
        """Raise `DatasetError` if there is none at all; most likely another folder was meant."""
        if not any(self._is_label(path) for folder in self._folders for path in self._tree.files(folder.path)):
            folders = " or ".join(repr(self._tree.shown(folder.path)) for folder in self._folders)
            raise DatasetError(f"{where}: no label file ({self._suffix}) below {folders}")

    def _is_label(self, path: str) -> bool:
        return path.lower().endswith(self._suffix) and path.rpartition("/")[2] not in self._passed_over

    @cached_property
    def paths(self) -> dict[str, str]:
        """Each file by the path of its image without suffix, in alphabetical order."""
        found: dict[str, str] = {}
        for folder in self._folders:
            for path in self._tree.files(folder.path):
                if self._is_label(path):
                    stem = f"{folder.image_folder}/{path[: -len(self._suffix)]}".lstrip("/")
                    found.setdefault(stem, f"{folder.path}/{path}" if folder.path else path)
        return dict(sorted(found.items()))

    def contents(self, paths: Iterable[str]) -> Iterator[bytes | str]:
        """What is in each of these files, in their order; or why it can't be read."""
        for found in self._tree.contents(paths):
            yield f"can't be read: {found.strerror or found}" if isinstance(found, OSError) else found

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(tuple(self.paths))

    def match(self, samples: Sequence[str]) -> tuple[list[str | None], dict[int, str], Matched]:
        """The file of each sample, None where there is none; what is wrong with some, by row; how they were matched."""
        stems = [PurePosixPath(sample).with_suffix("").as_posix() for sample in samples]
        matched = self._index.match(stems)
        files = list(self.paths.values())
        rows = matched.rows
        shared = np.flatnonzero(np.bincount(rows[rows >= 0], minlength=len(files)) > 1)
        problems = {
            row: f"{PurePosixPath(files[rows[row]]).name} would be of another sample, too, of another suffix"
            for row in np.flatnonzero(np.isin(rows, shared)).tolist()
            if rows[row] >= 0
        }
        problems |= dict.fromkeys(matched.unclear, "it isn't clear which label file is its own, so none is")
        return [files[row] if row >= 0 else None for row in rows.tolist()], problems, matched


def lines_in(content: bytes) -> list[str]:
    """The lines of a small text file. Raises `ValueError` if it is none."""
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("not text") from error
