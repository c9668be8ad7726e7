"""Reading ``.lightly/metadata``: a schema, and one JSON file for each image at its mirrored path."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np

from tamis import Column, Kind, Metadata, MetadataField, Report
from tamis.errors import MetadataError
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.sidecar import (
    Sidecar,
    collisions,
    is_of,
    orphans,
    other_paths,
    read_bytes,
    sidecar_path,
    sidecars,
)
from tamis_plugins.videos.names import Video, video_of

DataType = Literal[
    "NUMERIC_INT",
    "NUMERIC_FLOAT",
    "CATEGORICAL_INT",
    "CATEGORICAL_STRING",
    "CATEGORICAL_BOOLEAN",
    "CATEGORICAL_DATETIME",
    "CATEGORICAL_TIMESTAMP",
    "OTHER_STRING",
]

#: The folder in ``.lightly``.
METADATA = "metadata"
#: What can be used for selection.
SELECTABLE = ("NUMERIC_INT", "NUMERIC_FLOAT", "CATEGORICAL_INT", "CATEGORICAL_STRING")
#: A part of a path: no half character, which nothing can be named by.
_KEY = r"[^.\[\]\ud800-\udfff]+"
#: Files between two looks at whether the host wants to stop.
BATCH = 512

#: What JSON value each data type takes, in words and as Python types. A whole float is an integer too.
_TAKES: dict[DataType, tuple[str, tuple[type, ...]]] = {
    "NUMERIC_INT": ("an integer", (int,)),
    "NUMERIC_FLOAT": ("a number", (int, float)),
    "CATEGORICAL_INT": ("an integer", (int,)),
    "CATEGORICAL_STRING": ("a string", (str,)),
    "CATEGORICAL_BOOLEAN": ("true or false", (bool,)),
    "CATEGORICAL_DATETIME": ("a string", (str,)),
    "CATEGORICAL_TIMESTAMP": ("an integer", (int,)),
    "OTHER_STRING": ("a string", (str,)),
}


@attrs.frozen
class SchemaEntry:
    """One entry of the schema.

    Attributes:
        name: For display.
        path: Where the value is in a file's ``metadata``, such as ``weather.temperature`` or ``a[0].b``; what a
            config calls ``key``.
        default: The value where the path leads nowhere, or to null; None if there is none.
        data_type: What the values are.
    """

    name: str
    path: str
    default: Any
    data_type: DataType

    @property
    def field(self) -> MetadataField:
        """What a config may use of it: anything but booleans, timestamps and texts that are no categories."""
        refusal = ""
        if self.data_type == "CATEGORICAL_BOOLEAN":
            refusal = "categorical boolean metadata cannot be used for selection"
        elif self.data_type not in SELECTABLE:
            refusal = f"{self.data_type} can't be used, only {', '.join(SELECTABLE)}"
        return MetadataField(self.path, self.kind, refusal=refusal)

    @property
    def kind(self) -> Kind:
        """SCALAR for numbers, CATEGORY for all else."""
        return Kind.SCALAR if self.data_type.startswith("NUMERIC") else Kind.CATEGORY

    def checked(self, value: Any, where: str) -> Any:
        """The value as its type has it. Raises `MetadataError` naming ``where``, the path, expected and found."""
        words, types = _TAKES[self.data_type]
        if int in types and type(value) is float and value.is_integer() and float not in types:
            value = int(value)
        is_number = type(value) in (int, float)
        limit = 2**63 - 1 if float not in types else sys.float_info.max
        if type(value) not in types or (is_number and not -limit <= value <= limit):
            found = json.dumps(value, ensure_ascii=False)[:60]
            raise MetadataError(f"{where}: {self.path} is {found}, and {self.data_type} takes {words}")
        return value

    def column(self, values: Sequence[Any]) -> Column:
        """The checked values of all samples, None where there is none."""
        valid = np.array([value is not None for value in values], dtype=bool)
        reasons = dict.fromkeys(np.flatnonzero(~valid).tolist(), "no value, and the schema has no default")
        if self.kind is Kind.SCALAR:
            dtype = np.int64 if self.data_type == "NUMERIC_INT" else np.float64
            numbers = np.array([0 if value is None else value for value in values], dtype=dtype)
            return Column(self.path, Kind.SCALAR, numbers, valid=valid, reasons=reasons)
        texts = [_text(value) for value in values]
        labels = sorted(set(texts) - {""} | {text for text, ok in zip(texts, valid, strict=True) if ok})
        position = {label: number for number, label in enumerate(labels)}
        codes = np.array([position.get(text, 0) for text in texts], dtype=np.int64)
        return Column(self.path, Kind.CATEGORY, codes, labels=tuple(labels), valid=valid, reasons=reasons)


def _text(value: Any) -> str:
    """A category's name: as a config's ``target`` would write it."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def read_fields(tree: Tree) -> dict[str, SchemaEntry]:
    """The schema's entries by path; empty if there is no schema.

    Raises:
        MetadataError: it can't be read, an entry is wrong, or a path is tamis's own.
    """
    file = f"{METADATA}/schema.json"
    path, content = tree.shown(file), read_bytes(tree, file, MetadataError)
    if content is None:
        return {}
    entries = parsed(content, MetadataError, path)
    if not isinstance(entries, list):
        raise MetadataError(f"{path}: not a list of entries")
    fields: dict[str, SchemaEntry] = {}
    for number, entry in enumerate(entries):
        where = f"{path}: [{number}]"
        if not isinstance(entry, dict):
            raise MetadataError(f"{where}: not an object")
        for key in ("name", "path", "valueDataType"):
            if key not in entry:
                raise MetadataError(f"{where}: {key} is missing")
            if not isinstance(entry[key], str) or not entry[key]:
                raise MetadataError(f"{where}: {key} is {entry[key]!r}, not a name")
        if entry["valueDataType"] not in get_args(DataType):
            types = ", ".join(get_args(DataType))
            raise MetadataError(f"{where}: valueDataType is {entry['valueDataType']!r}, not one of {types}")
        if "defaultValue" not in entry:
            raise MetadataError(f"{where}: defaultValue is missing; null stands for none")
        if re.match(r"lightly(\W|$)", entry["path"]):
            raise MetadataError(f"{where}: the path {entry['path']!r} is tamis's own: use another than 'lightly'")
        if entry["path"] in fields:
            raise MetadataError(f"{where}: the path {entry['path']!r} is there twice")
        _steps(entry["path"], where)
        data_type = cast(DataType, entry["valueDataType"])
        field = SchemaEntry(entry["name"], entry["path"], entry["defaultValue"], data_type)
        if field.default is not None:
            field = attrs.evolve(field, default=field.checked(field.default, f"{where}: defaultValue"))
        fields[field.path] = field
    return fields


def read_metadata(tree: Tree, fields: Mapping[str, SchemaEntry], samples: Sequence[str], report: Report) -> Metadata:
    """The values of some fields for every sample; each file is read once.

    A frame of a video has what its own file says; what that doesn't, is taken from the file of the whole video.

    Raises:
        MetadataError: files are invalid, values are of another type, or samples would share a file; with all of them.
    """
    problems = dict.fromkeys(f"{tree.shown(METADATA)}: {reason}" for reason in collisions(samples).values())
    steps = {path: _steps(path, "") for path in fields}
    values: dict[str, list[Any]] = {path: [] for path in fields}
    own, others = {sidecar_path(sample) for sample in samples}, other_paths(samples)
    videos: dict[str, _File | None] = {}
    for start in range(0, len(samples), BATCH):
        report(start, len(samples))
        batch = samples[start : start + BATCH]
        paths = [(sidecar_path(sample), *others.get(sample, ())) for sample in batch]
        for sample, file in zip(batch, sidecars(tree, METADATA, paths), strict=True):
            try:
                found = [_own(file, sample)]
                if (video := video_of(sample)) and video.sidecar not in own:
                    if video.name not in videos:
                        videos[video.name] = _of_video(tree, video)
                    found.append(videos[video.name])
            except MetadataError as error:
                problems[str(error)] = None
                continue
            for path, field in fields.items():
                try:
                    values[path].append(_value(field, steps[path], found))
                except MetadataError as error:
                    problems[str(error)] = None
    if problems:
        raise MetadataError(*problems)
    columns = {path: field.column(_defaulted(values[path], field.default)) for path, field in fields.items()}
    return Metadata(columns, tuple(_notes(fields, values, _lost(tree, samples, videos))))


def _defaulted(values: Sequence[Any], default: Any) -> list[Any]:
    return [default if value is None else value for value in values]


def _notes(
    fields: Mapping[str, SchemaEntry], values: Mapping[str, Sequence[Any]], lost: Sequence[str]
) -> Iterator[str]:
    """Which files belong to no sample, and for each field how many samples have its default."""
    if lost:
        yield f"metadata: {len(lost)} files belong to no sample: {', '.join(lost[:3])}{', ...' * (len(lost) > 3)}"
    for path, field in fields.items():
        lacking = sum(value is None for value in values[path])
        if lacking and field.default is not None:
            shown = json.dumps(field.default, ensure_ascii=False)
            yield f"metadata: {lacking} of {len(values[path])} samples have no {path}, and take the default, {shown}"


@attrs.frozen
class _File:
    """One file: its path, and what is in it."""

    path: str
    data: dict[str, Any]


def _value(field: SchemaEntry, steps: Sequence[str | int], files: Sequence[_File | None]) -> Any:
    """The value that the first of these files has; None if none has one."""
    for file in files:
        if file is not None and (value := _follow(file.data["metadata"], steps)) is not None:
            return field.checked(value, file.path)
    return None


def _own(file: Sidecar | None, sample: str) -> _File | None:
    """The file of a sample; None if there is none."""
    if file is None:
        return None
    path, data = file.where, _data(file)
    if data.get("type", "image") not in ("image", "video", "frame"):
        raise MetadataError(
            f"{path}: type is {data['type']!r}; only metadata of full images or video frames can be used for selection"
        )
    if not is_of(data.get("file_name", sample), sample):
        raise MetadataError(f"{path}: its file_name is {data['file_name']!r}, and its image is {sample!r}")
    return _File(path, data)


def _of_video(tree: Tree, video: Video) -> _File | None:
    """The file of a whole video; None if there is none, or if it is of something else that is called so.

    It is of a video by its ``type``, or without one by its ``file_name``; of another if that has another suffix.
    """
    (file,) = sidecars(tree, METADATA, [[video.sidecar]])
    if file is None:
        return None
    data = _data(file)
    name = data.get("file_name", video.name if data.get("type") == "video" else "")
    is_video = data.get("type", "video") == "video"
    return _File(file.where, data) if is_video and str(name).lower() == video.name.lower() else None


def _data(file: Sidecar) -> dict[str, Any]:
    """What is in a file, which has an object ``metadata``."""
    data = parsed(file.data(MetadataError), MetadataError, file.where)
    if not isinstance(data, dict) or not isinstance(data.get("metadata"), dict):
        raise MetadataError(f"{file.where}: not an object with an object metadata")
    return data


def _lost(tree: Tree, samples: Sequence[str], videos: Mapping[str, _File | None]) -> list[str]:
    """The files that belong neither to a sample nor to the video of one."""
    used = {file.path for file in videos.values() if file is not None}
    return [path for path in orphans(tree, METADATA, samples) if tree.shown(f"{METADATA}/{path}") not in used]


def _steps(path: str, where: str) -> list[str | int]:
    """``["a", 0, "b"]`` for ``a[0].b``."""
    if not re.fullmatch(rf"{_KEY}(\[\d{{1,9}}\])*(\.{_KEY}(\[\d{{1,9}}\])*)*", path):
        raise MetadataError(f"{where}: {path!r} is not a path such as 'weather.temperature' or 'a[0].b'")
    return [int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)]


def _follow(value: Any, steps: Sequence[str | int]) -> Any:
    """The value that a path leads to; None if it leads nowhere."""
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
