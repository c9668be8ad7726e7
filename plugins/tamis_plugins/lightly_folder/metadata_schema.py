"""Reading ``.lightly/metadata/schema.json``: which metadata there is, and of which type."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np

from tamis import Column, Kind, MetadataField
from tamis.errors import MetadataError
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.sidecar import read_bytes

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
        steps_of(entry["path"], where)
        data_type = cast(DataType, entry["valueDataType"])
        field = SchemaEntry(entry["name"], entry["path"], entry["defaultValue"], data_type)
        if field.default is not None:
            field = attrs.evolve(field, default=field.checked(field.default, f"{where}: defaultValue"))
        fields[field.path] = field
    return fields


def steps_of(path: str, where: str) -> list[str | int]:
    """``["a", 0, "b"]`` for ``a[0].b``."""
    if not re.fullmatch(rf"{_KEY}(\[\d{{1,9}}\])*(\.{_KEY}(\[\d{{1,9}}\])*)*", path):
        raise MetadataError(f"{where}: {path!r} is not a path such as 'weather.temperature' or 'a[0].b'")
    return [int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)]
