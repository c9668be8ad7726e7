"""A ``.lightly`` folder: prediction tasks, custom metadata and tags, as Lightly's worker takes them.

The location is the folder that holds ``.lightly/``. ``.lightly/predictions`` has the tasks that its ``tasks.json``
lists. Each task has a folder with its ``schema.json``, and a JSON file for each image at the image's path.
``.lightly/metadata`` has a ``schema.json`` with the metadata fields, and such a file for each image. ``.lightly/tags``
has a list of names for each tag, and ``.lightly/embeddings`` files of vectors. What a config doesn't use is not read.

Numbers (NUMERIC_INT, NUMERIC_FLOAT) and categories (CATEGORICAL_INT, CATEGORICAL_STRING) can be used for selection.
Predictions can be written.
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
from tamis_plugins.lightly_folder.metadata_files import read_fields, read_metadata
from tamis_plugins.lightly_folder.prediction_files import read_predictions
from tamis_plugins.lightly_folder.prediction_writing import new_task_folder, write_task
from tamis_plugins.lightly_folder.tags import read_tag, tag_file, tag_names
from tamis_plugins.lightly_folder.tasks import read_schema, task_names


@attrs.frozen
class LightlyFolder(Annotations):
    """The annotations of a folder that holds ``.lightly/``, if there is one.

    Attributes:
        root: ``.lightly`` itself.
    """

    root: Path

    @property
    def where(self) -> str:  # type: ignore[override]
        """The path of ``.lightly``."""
        return str(self.root) if self.root.is_dir() else f"{self.root}, which isn't there"

    def tasks(self) -> Collection[str]:
        """Those that ``tasks.json`` lists."""
        return task_names(self.root / "predictions")

    def task(self, name: str) -> TaskSchema:
        """From its ``schema.json``."""
        listed = self.root / "predictions" / "tasks.json"
        if name not in (names := self.tasks()):
            raise PredictionError(f"no task '{name}' in {listed}{did_you_mean(name, names)}")
        return read_schema(listed.parent, name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """From a file for each sample."""
        return read_predictions(self.root / "predictions" / name, self.task(name), samples, report)

    def fields(self) -> Mapping[str, MetadataField]:
        """The entries of the metadata's ``schema.json``, by path."""
        return {path: entry.field for path, entry in read_fields(self.root / "metadata").items()}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """From a file for each sample."""
        entries = read_fields(self.root / "metadata")
        return read_metadata(self.root / "metadata", {key: entries[key] for key in keys}, samples, report)

    def tags(self) -> Collection[str]:
        """The files of ``tags``."""
        return tag_names(self.root / "tags")

    def tag(self, name: str) -> Sequence[str]:
        """The lines of its file."""
        return read_tag(self.root / "tags", name)

    def tag_file(self, name: str) -> Path:
        """``tags/<name>.txt``."""
        return tag_file(self.root / "tags", name)

    def vectors(self, name: str) -> Path | None:
        """``embeddings/<name>``."""
        path = self.root / "embeddings" / name
        return path if path.is_file() else None


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
    return LightlyFolder(folder.absolute() / ".lightly")


def read(location: str, options: Params) -> LightlyFolder:
    """Open the folder."""
    return open_folder(location)


def write(location: str, samples: Sequence[str], predictions: Predictions) -> str:
    """Write ``.lightly/predictions/<task>``, and list the task."""
    return str(write_task(location, samples, predictions))


def check(location: str, task: str) -> None:
    """Refuse a task that is there already."""
    new_task_folder(location, task)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare lightly."""
    return [AnnotationFormat("lightly", read, write=write, check=check, doc=__doc__ or "")]
