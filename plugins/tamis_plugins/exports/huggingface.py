"""The selected images as a dataset of Hugging Face: Parquet with the images in it (extra ``parquet``).

The target is a folder with ``data/train-00000-of-00001.parquet``: what ``datasets.load_dataset`` opens, and what can be
uploaded as it is. There is a row for each sample, in the order picked: ``image``, the bytes of its file, ``sample``,
which is its name, ``rank``, and every number and category that the config used. Embedding Atlas opens the file, too.

tamis reads it again by the source ``parquet``. What is at the target already is kept, and the export refused, unless
``force`` is true; it is then replaced as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tamis import Export, Params, Selection, hookimpl, output_folder
from tamis_plugins.image_files.content import content_of
from tamis_plugins.image_files.putting import images_of
from tamis_plugins.selected.values import values_of
from tamis_plugins.targets.replacing import FORCE, check_apart, check_folder

if TYPE_CHECKING:
    import pyarrow

#: Rows that are in memory at a time, and read at a time by others.
_ROWS = 100
#: What Hugging Face calls types of Arrow.
_TYPES = {"double": "float64", "float": "float32"}


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the folder, whole or not at all."""
    images = images_of(selection.dataset)
    values = values_of(selection).to_arrow()
    import pyarrow as pa
    import pyarrow.parquet

    check_apart(target, selection, options)
    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    fields = [pa.field("image", image), *values.schema]
    schema = pa.schema(fields, {"huggingface": json.dumps({"info": {"features": _features(values.schema)}})})
    with output_folder(target, force=options["force"]) as folder:
        path = folder / "data" / "train-00000-of-00001.parquet"
        path.parent.mkdir()
        with pyarrow.parquet.ParquetWriter(path, schema) as writer:
            for start in range(0, len(values), _ROWS):
                part = values.slice(start, _ROWS)
                contents = [content_of(images, name)[1] for name in selection.selected[start : start + _ROWS]]
                structs = [
                    {"bytes": content, "path": name}
                    for content, name in zip(contents, part.column("sample").to_pylist(), strict=True)
                ]
                writer.write_table(pa.Table.from_arrays([pa.array(structs, image), *part.columns], schema=schema))
    yield f"{len(selection.selected)} images -> {target}"


def _features(schema: pyarrow.Schema) -> dict[str, Any]:
    """The columns as Hugging Face describes them."""
    values = {field.name: {"dtype": _TYPES.get(str(field.type), str(field.type)), "_type": "Value"} for field in schema}
    return {"image": {"_type": "Image"}, **values}


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare huggingface."""
    schema = {"properties": {"force": FORCE}}
    return [Export("huggingface", write, check=check_folder, schema=schema, doc=__doc__ or "")]
