"""A ``.lightly`` folder: prediction tasks, custom metadata and tags, as Lightly's worker takes them.

The location is the folder that holds ``.lightly/``; a path or a URL, as the source ``url`` takes them.
``.lightly/predictions`` has the tasks that its ``tasks.json`` lists. Each task has a folder with its ``schema.json``,
and a JSON file for each image at the image's path. ``.lightly/metadata`` has a ``schema.json`` with the metadata
fields, and such a file for each image. ``.lightly/tags`` has a list of names for each tag, and ``.lightly/embeddings``
files of vectors. What a config doesn't use is not read.

Numbers (NUMERIC_INT, NUMERIC_FLOAT) and categories (CATEGORICAL_INT, CATEGORICAL_STRING) can be used for selection.
Predictions can be written.

Of a folder on a server, files are read several at a time; tags can't be added there, and files of vectors aren't found.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import attrs

from tamis import (
    AnnotationFormat,
    Annotations,
    Metadata,
    MetadataField,
    Params,
    Predictions,
    Report,
    TaskSchema,
    hookimpl,
)
from tamis.errors import DatasetError, PredictionError, did_you_mean
from tamis_plugins.anywhere.finding import ACCESS, check_access, tree_at
from tamis_plugins.anywhere.tree import LocalTree, Tree
from tamis_plugins.lightly_folder.metadata_files import read_metadata
from tamis_plugins.lightly_folder.metadata_schema import read_fields
from tamis_plugins.lightly_folder.prediction_files import read_predictions
from tamis_plugins.lightly_folder.prediction_writing import new_task_folder, write_task
from tamis_plugins.lightly_folder.tags import TAGS, read_tag, tag_file, tag_names
from tamis_plugins.lightly_folder.tasks import LISTED, PREDICTIONS, read_schema, task_names
from tamis_plugins.remote.place import is_url


@attrs.frozen
class LightlyFolder(Annotations):
    """The annotations of a folder that holds ``.lightly/``, if there is one.

    Attributes:
        tree: ``.lightly`` itself.
    """

    tree: Tree

    @property
    def where(self) -> str:  # type: ignore[override]
        """The path of ``.lightly``."""
        return self.tree.where if self.tree.is_folder() else f"{self.tree.where}, which isn't there"

    def tasks(self) -> Collection[str]:
        """Those that ``tasks.json`` lists."""
        return task_names(self.tree)

    def task(self, name: str) -> TaskSchema:
        """From its ``schema.json``."""
        if name not in (names := self.tasks()):
            raise PredictionError(f"no task '{name}' in {self.tree.shown(LISTED)}{did_you_mean(name, names)}")
        return read_schema(self.tree, name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """From a file for each sample."""
        return read_predictions(self.tree, f"{PREDICTIONS}/{name}", self.task(name), samples, report)

    def fields(self) -> Mapping[str, MetadataField]:
        """The entries of the metadata's ``schema.json``, by path."""
        return {path: entry.field for path, entry in read_fields(self.tree).items()}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """From a file for each sample."""
        entries = read_fields(self.tree)
        return read_metadata(self.tree, {key: entries[key] for key in keys}, samples, report)

    def tags(self) -> Collection[str]:
        """The files of ``tags``."""
        return tag_names(self.tree)

    def tag(self, name: str) -> Sequence[str]:
        """The lines of its file."""
        return read_tag(self.tree, name)

    def tag_file(self, name: str) -> Path:
        """``tags/<name>.txt``."""
        if not isinstance(self.tree, LocalTree):
            return super().tag_file(name)
        return tag_file(Path(self.tree.shown(TAGS)), name)

    def vectors(self, name: str) -> Path | None:
        """``embeddings/<name>``."""
        path = f"embeddings/{name}"
        here = isinstance(self.tree, LocalTree) and self.tree.is_file(path)
        return Path(self.tree.shown(path)) if here else None


def open_folder(location: str | os.PathLike[str]) -> LightlyFolder:
    """The annotations of the folder that holds ``.lightly/``. Raises `DatasetError` if there is no such folder."""
    folder = Path(location)
    try:
        is_folder = bool(os.fspath(location)) and folder.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if not is_folder:
        problem = "is not a folder" if os.path.lexists(location) else "does not exist"
        raise DatasetError(f"the lightly folder {os.fspath(location)!r} {problem}")
    if folder.name == ".lightly":
        raise DatasetError(f"the lightly folder is the one that holds .lightly: {str(folder.parent)!r}")
    return LightlyFolder(LocalTree(str(folder.absolute() / ".lightly")))


def read(location: str, options: Params) -> LightlyFolder:
    """Open the folder."""
    if not is_url(location):
        check_access(options)
        return open_folder(location)
    url = location.rstrip("/").removesuffix("/.lightly")
    tree = tree_at(f"{url}/.lightly", options)
    if not tree.is_folder():
        raise DatasetError(f"there is nothing in {tree.where}")
    return LightlyFolder(tree)


def write(location: str, samples: Sequence[str], predictions: Predictions) -> str:
    """Write ``.lightly/predictions/<task>``, and list the task."""
    return str(write_task(location, samples, predictions))


def check(location: str, task: str) -> None:
    """Refuse a task that is there already."""
    new_task_folder(location, task)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare lightly."""
    schema = {"properties": {**ACCESS}}
    return [AnnotationFormat("lightly", read, write=write, check=check, schema=schema, doc=__doc__ or "")]
