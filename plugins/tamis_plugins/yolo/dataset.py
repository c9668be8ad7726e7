"""What describes a YOLO data set: ``data.yaml``, ``classes.txt``, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import attrs

from tamis import Params, without_secrets
from tamis.errors import DatasetError, MissingDependencyError, did_you_mean
from tamis_plugins.anywhere.finding import folder_there, tree_at
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.label_files.files import LabelFolder, lines_in
from tamis_plugins.yolo.classes import Classes
from tamis_plugins.yolo.description import parsed_description
from tamis_plugins.yolo.keypoints import KeypointShape

#: What a split is called in a data set's description.
SPLITS = ("train", "val", "test")
#: What descriptions are called, and the ends of their names.
_DESCRIPTIONS, _YAML = ("data.yaml", "dataset.yaml", "data.yml"), (".yaml", ".yml")


@attrs.frozen(eq=False)
class YoloDataset:
    """A data set.

    Attributes:
        where: Its description, or the folder.
        classes: What the categories are called.
        tree: What it is in.
        folders: Of label files, in the tree.
        keypoints: Those that each line has after its box; None where lines are boxes or polygons.
    """

    where: str
    classes: Classes
    tree: Tree
    folders: tuple[LabelFolder, ...]
    keypoints: KeypointShape | None = None


def find_dataset(location: str, split: str | None, options: Params) -> YoloDataset:
    """What is at a location: a description, or a folder with one or with labels.

    Raises:
        DatasetError: nothing is, or the description is wrong.
        MissingDependencyError: there is a description, and PyYAML isn't installed.
        ParameterError: an option is for another location.
    """
    parent, _, last = location.rpartition("/")
    if last.lower().endswith(_YAML):
        tree = tree_at(parent or ("/" if location.startswith("/") else "."), options)
        if not tree.is_file(last):
            raise DatasetError(f"the file {without_secrets(location)!r} does not exist")
        return _described(tree, last, split)
    tree = folder_there(location, "YOLO folder", options)
    for name in _DESCRIPTIONS:
        if tree.is_file(name):
            return _described(tree, name, split)
    if split is not None:
        raise DatasetError(f"{tree.where} has no data.yaml that says what is in split {split!r}")
    folder = "labels" if tree.is_folder("labels") else ""
    listed = next((path for path in ("classes.txt", f"{folder}/classes.txt") if tree.is_file(path)), None)
    classes = Classes(dict(enumerate(_lines(tree, listed))), tree.shown(listed)) if listed else Classes({}, "")
    return YoloDataset(tree.where, classes, tree, (LabelFolder(folder),))


def _lines(tree: Tree, path: str) -> list[str]:
    """The lines of a list that aren't empty."""
    try:
        return [line.strip() for line in lines_in(tree.content(path)) if line.strip()]
    except OSError as error:
        raise DatasetError(f"{tree.shown(path)} can't be read: {error.strerror or error}") from error
    except ValueError as error:
        raise DatasetError(f"{tree.shown(path)}: {error}") from error


def _described(tree: Tree, name: str, split: str | None) -> YoloDataset:
    where = tree.shown(name)
    content = _yaml(tree, name)
    root = PurePosixPath(str(content.get("path", "")))
    root = root if tree.is_folder(str(root)) else PurePosixPath()
    there = [name for name in SPLITS if content.get(name)]
    if split is not None and split not in there:
        raise DatasetError(f"{where} has no split {split!r}{did_you_mean(split, there)}")
    folders: dict[str, LabelFolder] = {}
    for part in there if split is None else [split]:
        for images in _image_folders(content[part], root, tree, where):
            labels = str(_labels_of(images))
            relative = images.relative_to(root).as_posix() if images.is_relative_to(root) else ""
            folders[labels] = LabelFolder(labels, "" if relative == "." else relative)
    if not folders:
        labels = str(root / "labels")
        folders[labels] = LabelFolder(labels if tree.is_folder(labels) else str(root))
    classes = Classes(_names(content.get("names"), where), where)
    keypoints = _keypoints(content.get("kpt_shape"), where)
    return YoloDataset(where, classes, tree, tuple(folders.values()), keypoints)


def _yaml(tree: Tree, name: str) -> Mapping[str, Any]:
    where = tree.shown(name)
    try:
        content = parsed_description(tree.content(name).decode())
    except ImportError:
        raise MissingDependencyError("PyYAML", name, "yaml") from None
    except OSError as error:
        raise DatasetError(f"{where} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{where}: not YAML: {error}") from error
    except ValueError as error:
        raise DatasetError(f"{where}: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{where}: not the description of a data set, with names and train")
    return content


def _names(names: Any, where: str) -> dict[int, str]:
    """By id: from a list, or a mapping with any ids from 0."""
    if names is None:
        return {}
    items = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else None
    if items is None:
        raise DatasetError(f"{where}: names is neither a list nor a mapping of ids to names")
    found: dict[int, str] = {}
    for id_, name in items:
        if isinstance(id_, bool) or not isinstance(id_, int) or id_ < 0:
            raise DatasetError(f"{where}: names: {id_!r} is not an id, an integer from 0")
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            raise DatasetError(f"{where}: names: {id_} is {name!r}, not a name; put one such as null in quotes")
        found[id_] = str(name)
    return found


def _keypoints(given: Any, where: str) -> KeypointShape | None:
    try:
        return None if given is None else KeypointShape.of(given)
    except ValueError as error:
        raise DatasetError(f"{where}: {error}") from error


def _image_folders(given: Any, root: PurePosixPath, tree: Tree, where: str) -> Iterator[PurePosixPath]:
    """The folders of images that a split names; of a list of files, those that it has files in."""
    for text in given if isinstance(given, list) else [given]:
        if not isinstance(text, str):
            raise DatasetError(f"{where}: {text!r} is not the path of a split")
        found = root / text
        there = tree.is_folder(str(found)) or tree.is_file(str(found))
        if not there and text.startswith("../"):  # as one site exports them: relative to somewhere else
            found = root / text.removeprefix("../")
        if found.suffix == ".txt":
            lines = _lines(tree, str(found))
            yield from dict.fromkeys(root / PurePosixPath(line).parent for line in lines)
        else:
            yield found


def _labels_of(images: PurePosixPath) -> PurePosixPath:
    """Where the labels of a folder of images are: its last part called ``images`` is then ``labels``."""
    parts = list(images.parts)
    for number in range(len(parts) - 1, -1, -1):
        if parts[number] == "images":
            parts[number] = "labels"
            return PurePosixPath(*parts)
    return images
