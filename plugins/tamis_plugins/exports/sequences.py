"""Which sequences of frames were selected, as LightlyOne's ``sequence_information.json`` says it.

The target is a JSON file: a list with an object for each sequence, in the order picked. It has ``video_name``, and of
each frame its name, timestamp in the video's own units, timestamp in seconds, and number: ``frame_names``,
``frame_timestamps_pts``, ``frame_timestamps_sec`` and ``frame_indices``. What isn't known is null: timestamps of frames
that were extracted, and all but the name of an image that isn't named like a frame. Of a selection without
``selected_sequence_length`` each sample is a sequence. A file that is there already is kept, and the export refused,
unless ``force`` is true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tamis import Export, Params, Selection, hookimpl, output_file
from tamis_plugins.targets.replacing import FORCE, check_apart, check_file
from tamis_plugins.videos.metadata import STAMP, TIME
from tamis_plugins.videos.names import video_of


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the file, whole or not at all."""
    check_apart(target, selection, options)
    length, names = selection.config.get("selected_sequence_length", 1), selection.selected
    stamps, seconds = (_known(selection, key) for key in (STAMP, TIME))
    told = []
    for start in range(0, len(names), length):
        part = slice(start, start + length)
        videos = [video_of(name) for name in names[part]]
        told.append(
            {
                "video_name": videos[0] and videos[0].name,
                "frame_names": names[part],
                "frame_timestamps_pts": stamps[part],
                "frame_timestamps_sec": seconds[part],
                "frame_indices": [video and video.index for video in videos],
            }
        )
    with output_file(target, force=options["force"]) as file:
        file.write(json.dumps(told, indent=2).encode())
    yield f"{len(told)} sequences -> {target}"


def _known(selection: Selection, key: str) -> Sequence[Any]:
    """A field of metadata of each selected sample; None where there is none."""
    annotations = selection.dataset.annotations
    if key not in annotations.fields():
        return [None] * len(selection.selected)
    return annotations.metadata((key,), selection.selected, lambda done, total: None).columns[key].cells()


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare sequences."""
    return [Export("sequences", write, check=check_file, schema={"properties": {"force": FORCE}}, doc=__doc__ or "")]
