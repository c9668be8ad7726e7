"""Which columns of a Parquet file hold images, names and metadata, by its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tamis.errors import DatasetError, ParameterError, did_you_mean
from tamis_plugins.tables.arrow_file import arrow_type
from tamis_plugins.tables.file import NAMES
from tamis_plugins.tables.types import Type, Typed

if TYPE_CHECKING:
    import pyarrow

#: What a column of names may be called beside `NAMES`: WebDataset's.
_KEYS = (*NAMES, "__key__")

#: Columns that a message names.
_SHOWN = 10


@attrs.frozen
class Columns:
    """What is in which column.

    Attributes:
        image: The one of images; None if there are none.
        bytes: What to read of it: itself, or its member ``bytes``.
        path: Its member ``path``, if it has one.
        name: The one of names; None if rows are named otherwise.
    """

    image: str | None
    bytes: str | None
    path: str | None
    name: str | None


def find_columns(schema: pyarrow.Schema, where: str, image: str | None, name: str | None) -> Columns:
    """By what was said, else by types and usual names.

    Raises:
        ParameterError: there is no such column, or it holds something else.
        DatasetError: several columns could hold images.
    """
    for option, said in (("image", image), ("column", name)):
        if said is not None and said not in schema.names:
            raise ParameterError(option, f"{where} has no column {said!r}{did_you_mean(said, schema.names)}")
    able = [field.name for field in schema if _holds_bytes(field.type)]
    if image is not None and image not in able:
        kind = schema.field(image).type
        raise ParameterError("image", f"column {image!r} of {where} is {kind}, neither bytes nor a struct with bytes")
    if image is None and len(able) > 1:
        raise DatasetError(f"{where}: {', '.join(able)} could be images: say which, image=COLUMN")
    image = image or (able[0] if able else None)
    inside = schema.field(image).type if image else None
    members = {field.name for field in inside} if inside is not None and inside.num_fields else set()
    return Columns(
        image,
        f"{image}.bytes" if members else image,
        f"{image}.path" if "path" in members else None,
        name or _usual(schema, image),
    )


def without_images(schema: pyarrow.Schema, where: str) -> str:
    """Which columns there are, none of which holds images."""
    shown = ", ".join(schema.names[:_SHOWN]) + ", ..." * (len(schema.names) > _SHOWN)
    return f"no column of {where} holds the bytes of files (there is {shown})"


def _usual(schema: pyarrow.Schema, image: str | None) -> str | None:
    lowered = {field.name.lower(): field for field in reversed(schema)}
    found = (lowered[name] for name in _KEYS if name in lowered)
    return next((field.name for field in found if field.name != image and arrow_type(field.type) == "category"), None)


def _holds_bytes(type_: pyarrow.DataType) -> bool:
    import pyarrow

    types = pyarrow.types
    if types.is_struct(type_):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in type_)
    return bool(types.is_binary(type_) or types.is_large_binary(type_) or types.is_binary_view(type_))


def class_labels(schema: pyarrow.Schema) -> dict[str, list[str]]:
    """The names of the classes of columns that Hugging Face's ``datasets`` wrote as ClassLabel."""
    try:
        info: Any = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = info.get("info", {}).get("features", {})
        return {
            column: list(map(str, feature["names"]))
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and feature.get("names")
        }
    except (ValueError, AttributeError, TypeError):
        return {}


def by_class(codes: Any, names: Sequence[str]) -> Typed:
    """A column of ClassLabels by the names of the classes; what is none of them, such as -1, is no value."""
    import pyarrow.compute

    found = np.asarray(pyarrow.compute.fill_null(codes, -1))
    there = (found >= 0) & (found < len(names))
    return Typed("category", np.array([*names, None], dtype=object)[np.where(there, found, len(names))].tolist())


def metadata_types(schema: pyarrow.Schema, columns: Columns, labels: Mapping[str, Any]) -> dict[str, Type]:
    """What the other columns hold that can be metadata."""
    types: dict[str, Type] = {}
    for field in schema:
        type_ = arrow_type(field.type)
        if type_ is not None and field.name not in (columns.image, columns.name):
            types[field.name] = "category" if field.name in labels else type_
    return types
