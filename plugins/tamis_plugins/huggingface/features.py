"""What the features of a dataset say of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tamis.errors import DatasetError
from tamis_plugins.parquet_rows.columns import Columns, find_columns

if TYPE_CHECKING:
    import pyarrow

#: Features that hold the bytes of a file, and are no images.
_OTHER_FILES = ("Audio", "Video", "Pdf", "Nifti")
#: What the members of objects may be called that say where they are, and what.
_BOXES = ("bbox", "bboxes", "box", "boxes")
_CATEGORIES = ("category", "categories", "category_id", "class", "classes", "label", "labels")


@attrs.frozen
class Labelled:
    """A column of labels.

    Attributes:
        column: Its name.
        type: What task it makes.
        names: Of the classes; None if they are those that occur.
        category: Of objects, the member that says what they are.
        box: Of objects, the member that says where they are.
    """

    column: str
    type: Literal["classification", "object-detection"]
    names: tuple[str, ...] | None
    category: str = ""
    box: str = ""


def columns_of(
    schema: pyarrow.Schema, features: Mapping[str, Any], where: str, image: str | None, name: str | None
) -> Columns:
    """Which columns hold images and names. Arguments and errors are those of `find_columns`."""
    import pyarrow

    kinds = {column: _kind(features.get(column)) for column in schema.names}
    images = [column for column, kind in kinds.items() if kind == "Image"]
    if image is None and len(images) > 1:
        raise DatasetError(f"{where}: {', '.join(images)} are images: say which, image=COLUMN")
    if image is None and images:
        image = images[0]
    elif image is None:
        schema = pyarrow.schema([field for field in schema if kinds[field.name] not in _OTHER_FILES])
    return attrs.evolve(find_columns(schema, where, image, name), name=name)


def class_names(features: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of the classes of columns that are ClassLabels."""
    found = ((column, _classes(feature)) for column, feature in features.items())
    return {column: list(names) for column, names in found if names}


def labelled(features: Mapping[str, Any]) -> Iterator[Labelled]:
    """The columns of which it is clear that they hold labels, and which."""
    for column, feature in features.items():
        if names := _classes(feature) or _classes(_item(feature)):
            yield Labelled(column, "classification", names)
        elif (found := _objects(column, feature)) is not None:
            yield found


def _objects(column: str, feature: Any) -> Labelled | None:
    """A list of objects, or a list for each of their members; None if it is neither, or not clear."""
    item = _item(feature)
    members = feature if _is_struct(feature) else item if _is_struct(item) else {}
    each = {name: _item(member) if members is feature else member for name, member in members.items()}
    boxes = [name for name in _BOXES if _kind(_item(each.get(name))) == "Value"]
    categories = [name for name in _CATEGORIES if _kind(each.get(name)) in ("ClassLabel", "Value")]
    if len(boxes) != 1 or len(categories) != 1:
        return None
    names = _classes(each[categories[0]]) or None
    return Labelled(column, "object-detection", names, categories[0], boxes[0])


def _kind(feature: Any) -> str:
    """What a feature calls itself; empty for anything else."""
    kind = feature.get("_type") if isinstance(feature, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _classes(feature: Any) -> tuple[str, ...]:
    """The names of a ClassLabel; empty for anything else."""
    names = feature.get("names") if _kind(feature) == "ClassLabel" else None
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _item(feature: Any) -> Any:
    """What a list holds; None for anything else."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0]
    return feature.get("feature") if _kind(feature) in ("Sequence", "List", "LargeList") else None


def _is_struct(feature: Any) -> bool:
    return isinstance(feature, Mapping) and not isinstance(feature.get("_type"), str)
