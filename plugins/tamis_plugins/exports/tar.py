"""The selected images in tar archives, as WebDataset reads them: shards of samples in the order picked.

The target is a folder with ``shard-000000.tar`` and so on. A shard holds at most ``samples`` samples (10,000), and at
most ``megabytes`` MB (1,000), unless one sample alone is larger. A sample is called by its rank, since a dot in a name
would end it: ``000001.jpg``, the image as it is, and ``000001.json``, an object with its ``name``, its ``rank`` and
every number and category that the config used. Archives hold no times and owners: the same selection gives the same
bytes.

tamis reads them again by the source ``tar``, ``tar:FOLDER``, with the members of the objects as metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tamis import Export, Params, Selection, hookimpl, output_folder
from tamis_plugins.image_files.content import content_of
from tamis_plugins.image_files.putting import images_of
from tamis_plugins.selected.values import values_of
from tamis_plugins.tar_archives.writing import Shards
from tamis_plugins.targets.replacing import FORCE, check_apart, check_folder


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the shards, whole or not at all."""
    images = images_of(selection.dataset)
    check_apart(target, selection, options)
    digits = max(6, len(str(len(selection.selected))))
    size = options["megabytes"] * 1_000_000
    with output_folder(target, force=options["force"]) as folder, Shards(folder, options["samples"], size) as shards:
        for row in values_of(selection).rows():
            suffix, content = content_of(images, row["sample"])
            key = f"{row['rank']:0{digits}}"
            described = {"name": row.pop("sample"), **row}
            shards.add({f"{key}{suffix}": content, f"{key}.json": json.dumps(described).encode()})
    yield f"{len(selection.selected)} images in {shards.count} shards -> {target}"


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare tar."""
    count = {"type": "integer", "minimum": 1}
    schema = {
        "properties": {
            "samples": {**count, "default": 10_000, "description": "The most samples in a shard."},
            "megabytes": {**count, "default": 1_000, "description": "The most that a shard takes, in 10^6 bytes."},
            "force": FORCE,
        }
    }
    return [Export("tar", write, check=check_folder, schema=schema, doc=__doc__ or "")]
