"""Reading ``.lightly/metadata``: a schema, and one JSON file for each image at its mirrored path."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.errors import MetadataError
from tamis.lightly.sidecar import collisions, orphans, read_bytes, sidecar_path

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
class MetadataField:
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


def read_fields(metadata: Path) -> dict[str, MetadataField]:
    """The schema's entries by path; empty if there is no schema.

    Raises:
        MetadataError: it can't be read, an entry is wrong, or a path is tamis's own.
    """
    path = metadata / "schema.json"
    content = read_bytes(path, MetadataError)
    if content is None:
        return {}
    entries = _parsed(content, str(path))
    if not isinstance(entries, list):
        raise MetadataError(f"{path}: not a list of entries")
    fields: dict[str, MetadataField] = {}
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
        field = MetadataField(entry["name"], entry["path"], entry["defaultValue"], data_type)
        if field.default is not None:
            field = attrs.evolve(field, default=field.checked(field.default, f"{where}: defaultValue"))
        fields[field.path] = field
    return fields


class MetadataTable:
    """The values of every field for every sample; each file is read once, and a value checked when it's asked for."""

    def __init__(self, metadata: Path, fields: Mapping[str, MetadataField], samples: Sequence[str]) -> None:
        """Read all files.

        Raises:
            MetadataError: a file is invalid, or two samples would share one.
        """
        for reason in collisions(samples).values():
            raise MetadataError(f"{metadata}: {reason}")
        self.orphans = orphans(metadata, samples)
        self._fields = fields
        self._files = [str(metadata / sidecar_path(sample)) for sample in samples]
        steps = {path: _steps(path, "") for path in fields}
        self._values: dict[str, list[Any]] = {path: [] for path in fields}
        self._asked: dict[str, None] = {}
        for file, sample in zip(self._files, samples, strict=True):
            found = _load(file, sample)
            for path, values in self._values.items():
                values.append(_follow(found, steps[path]))

    def column(self, key: str) -> Column:
        """The column of a field. Raises `MetadataError` for a value of another type."""
        field = self._fields[key]
        self._asked[key] = None
        values = [
            field.default if value is None else field.checked(value, file)
            for value, file in zip(self._values[key], self._files, strict=True)
        ]
        return field.column(values)

    def notes(self) -> Iterator[str]:
        """For each field that was asked for, how many samples have its default."""
        for path in self._asked:
            lacking = sum(value is None for value in self._values[path])
            if lacking and (default := self._fields[path].default) is not None:
                shown = json.dumps(default, ensure_ascii=False)
                yield f"metadata: {lacking} of {len(self._files)} samples have no {path}, and take the default, {shown}"


def _load(path: str, sample: str) -> Any:
    """The ``metadata`` object of a file; empty if there is no file."""
    content = read_bytes(path, MetadataError)
    if content is None:
        return {}
    data = _parsed(content, path)
    if not isinstance(data, dict) or not isinstance(data.get("metadata"), dict):
        raise MetadataError(f"{path}: not an object with an object metadata")
    if data.get("type", "image") not in ("image", "video", "frame"):
        raise MetadataError(
            f"{path}: type is {data['type']!r}; only metadata of full images or video frames can be used for selection"
        )
    if data.get("file_name", sample) != sample:
        raise MetadataError(f"{path}: its file_name is {data['file_name']!r}, and its image is {sample!r}")
    return data["metadata"]


def _parsed(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MetadataError(f"{where}: not JSON: {error}") from error


def _steps(path: str, where: str) -> list[str | int]:
    """``["a", 0, "b"]`` for ``a[0].b``."""
    if not re.fullmatch(r"[^.\[\]]+(\[\d{1,9}\])*(\.[^.\[\]]+(\[\d{1,9}\])*)*", path):
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
