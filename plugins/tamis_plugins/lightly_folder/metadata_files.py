"""Reading ``.lightly/metadata``: one JSON file for each image at its mirrored path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from tamis import Metadata, Report
from tamis.errors import MetadataError
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.lightly_folder.metadata_schema import METADATA, SchemaEntry, steps_of
from tamis_plugins.lightly_folder.sidecar import (
    Sidecar,
    collisions,
    is_of,
    orphans,
    other_paths,
    sidecar_path,
    sidecars,
)
from tamis_plugins.videos.names import Video, video_of

#: Files between two looks at whether the host wants to stop.
BATCH = 512


def read_metadata(tree: Tree, fields: Mapping[str, SchemaEntry], samples: Sequence[str], report: Report) -> Metadata:
    """The values of some fields for every sample; each file is read once.

    A frame of a video has what its own file says; what that doesn't, is taken from the file of the whole video.

    Raises:
        MetadataError: files are invalid, values are of another type, or samples would share a file; with all of them.
    """
    problems = dict.fromkeys(f"{tree.shown(METADATA)}: {reason}" for reason in collisions(samples).values())
    steps = {path: steps_of(path, "") for path in fields}
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


def _follow(value: Any, steps: Sequence[str | int]) -> Any:
    """The value that a path leads to; None if it leads nowhere."""
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
