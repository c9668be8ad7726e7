"""What describes a YOLO data set: ``data.yaml``, ``classes.txt``, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import attrs

from tamis.errors import DatasetError, MissingDependencyError, did_you_mean
from tamis_plugins.label_files.files import LabelFolder, lines_of
from tamis_plugins.label_files.reading import open_file

#: What a split is called in a data set's description.
SPLITS = ("train", "val", "test")


@attrs.frozen(eq=False)
class YoloDataset:
    """A data set.

    Attributes:
        where: Its description, or the folder.
        names: Of the categories, by id; empty if they aren't known.
        folders: Of label files.
    """

    where: str
    names: Mapping[int, str]
    folders: tuple[LabelFolder, ...]


def find_dataset(location: Path, split: str | None) -> YoloDataset:
    """What is at a location: a description, or a folder with one or with labels.

    Raises:
        DatasetError: nothing is, or the description is wrong.
        MissingDependencyError: there is a description, and PyYAML isn't installed.
    """
    if location.is_file():
        return _described(location, split)
    if not location.is_dir():
        raise DatasetError(f"the YOLO labels {str(location)!r} do not exist")
    for name in ("data.yaml", "dataset.yaml", "data.yml"):
        if (location / name).is_file():
            return _described(location / name, split)
    if split is not None:
        raise DatasetError(f"{location} has no data.yaml that says what is in split {split!r}")
    folder = location / "labels" if (location / "labels").is_dir() else location
    listed = next((path for path in (location / "classes.txt", folder / "classes.txt") if path.is_file()), None)
    try:
        lines = lines_of(listed) if listed else []
    except ValueError as error:
        raise DatasetError(f"{location}: {error}") from error
    names = dict(enumerate(line.strip() for line in lines if line.strip()))
    return YoloDataset(str(location), names, (LabelFolder(folder),))


def _described(path: Path, split: str | None) -> YoloDataset:
    content = _yaml(path)
    root = path.parent / str(content.get("path", ""))
    root = root if root.is_dir() else path.parent
    there = [name for name in SPLITS if content.get(name)]
    if split is not None and split not in there:
        raise DatasetError(f"{path} has no split {split!r}{did_you_mean(split, there)}")
    folders: dict[Path, LabelFolder] = {}
    for name in there if split is None else [split]:
        for images in _image_folders(content[name], root, path):
            labels = _labels_of(images)
            relative = images.relative_to(root).as_posix() if images.is_relative_to(root) else ""
            folders[labels] = LabelFolder(labels, "" if relative == "." else relative)
    if not folders:
        folders[root] = LabelFolder(root / "labels" if (root / "labels").is_dir() else root)
    return YoloDataset(str(path), _names(content.get("names"), path), tuple(folders.values()))


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        import yaml
    except ImportError:
        raise MissingDependencyError("PyYAML", f"{path.name}", "yaml") from None
    try:
        with open_file(path) as file:
            content = yaml.safe_load(file.read().decode())
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise DatasetError(f"{path}: not YAML: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: not the description of a data set, with names and train")
    return content


def _names(names: Any, path: Path) -> dict[int, str]:
    """By id: from a list, or a mapping with any ids from 0."""
    if names is None:
        return {}
    items = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else None
    if items is None:
        raise DatasetError(f"{path}: names is neither a list nor a mapping of ids to names")
    found: dict[int, str] = {}
    for id_, name in items:
        if isinstance(id_, bool) or not isinstance(id_, int) or id_ < 0:
            raise DatasetError(f"{path}: names: {id_!r} is not an id, an integer from 0")
        found[id_] = str(name)
    return found


def _image_folders(given: Any, root: Path, path: Path) -> Iterator[Path]:
    """The folders of images that a split names; of a list of files, those that it has files in."""
    for text in given if isinstance(given, list) else [given]:
        if not isinstance(text, str):
            raise DatasetError(f"{path}: {text!r} is not the path of a split")
        found = root / text
        if not found.exists() and text.startswith("../"):  # as one site exports them: relative to somewhere else
            found = root / text.removeprefix("../")
        if found.suffix == ".txt":
            yield from _listed(found, root)
        else:
            yield Path(found.as_posix().rstrip("/"))


def _listed(path: Path, root: Path) -> Sequence[Path]:
    try:
        lines = [line.strip() for line in lines_of(path) if line.strip()]
    except ValueError as error:
        raise DatasetError(f"{path.parent}: {error}") from error
    return tuple(dict.fromkeys(root / PurePosixPath(line).parent for line in lines))


def _labels_of(images: Path) -> Path:
    """Where the labels of a folder of images are: its last part called ``images`` is then ``labels``."""
    parts = list(images.parts)
    for number in range(len(parts) - 1, -1, -1):
        if parts[number] == "images":
            parts[number] = "labels"
            return Path(*parts)
    return images
