"""YouTube-VIS: COCO's objects over the frames of videos, as those of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tamis.errors import PredictionError
from tamis_plugins.anywhere.file import File
from tamis_plugins.coco.file import CocoFile, categories_of, parsed_file, size_of
from tamis_plugins.coco.ids import ListedIds

#: What a track has for each frame, and what COCO calls it.
_LISTS = {"bboxes": "bbox", "segmentations": "segmentation"}


def read_tracks(file: File, videos_from: File | None) -> CocoFile:
    """Read ground truth; or results, whose videos and categories are in another file.

    Raises:
        PredictionError: it can't be read, isn't such a file, or frames have the same name.
    """
    content, where = parsed_file(file), file.where
    results = isinstance(content, list)
    if results and videos_from is None:
        raise PredictionError(f"{where}: a list of results; say videos_from=FILE, the ground truth that has the videos")
    listing, source = (parsed_file(videos_from), videos_from.where) if results and videos_from else (content, where)
    tracks = content if results else listing.get("annotations") if isinstance(listing, dict) else None
    if not isinstance(listing, dict) or not isinstance(tracks, list) or not isinstance(listing.get("videos"), list):
        raise PredictionError(
            f"{where}: neither an object with videos, categories and annotations, nor a list of results"
        )
    names: list[str] = []
    sizes: list[tuple[int, int] | None] = []
    frames: dict[Any, range] = {}
    for number, video in enumerate(listing["videos"]):
        files = video.get("file_names") if isinstance(video, dict) else None
        if not isinstance(files, list) or not all(isinstance(name, str) and name for name in files):
            raise PredictionError(f"{source}: videos[{number}] is not an object with file_names")
        if not isinstance(id_ := video.get("id"), (int, str)) or id_ in frames:
            raise PredictionError(f"{source}: videos[{number}] has no id of its own")
        frames[id_] = range(len(names), len(names) + len(files))
        names += files
        sizes += [size_of(video)] * len(files)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PredictionError(f"{source}: two frames have the name {twice!r}")
    listed = ListedIds(frames)
    annotations: dict[Any, list[Any]] = {}
    strangers = 0
    for number, track in enumerate(tracks):
        place = f"{where}: {'' if results else 'annotations'}[{number}]"
        if not isinstance(track, dict) or not isinstance(video := track.get("video_id"), (int, str)):
            raise PredictionError(f"{place} is not an object with the video_id that it belongs to")
        if (id_ := listed.find(video)) is None:
            strangers += 1
            continue
        for frame, annotation in _by_frame(track, len(frames[id_]), place):
            annotations.setdefault(frames[id_][frame], []).append(annotation)
    categories = categories_of(listing.get("categories"), source)
    ids = tuple(range(len(names)))
    return CocoFile(tuple(names), ids, tuple(sizes), categories, annotations, strangers, source, results)


def _by_frame(track: dict[str, Any], count: int, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The frames in which a track's object is seen, with what COCO would say of it there."""
    lists = {key: track[key] for key in _LISTS if track.get(key) is not None}
    for key, values in lists.items():
        if not isinstance(values, list) or len(values) != count:
            raise PredictionError(f"{place}: {key} is not a list of {count}, one for each frame of its video")
    common: dict[str, Any] = {key: track[key] for key in ("id", "category_id", "score", "iscrowd") if key in track}
    for frame in range(count):
        if seen := {_LISTS[key]: values[frame] for key, values in lists.items() if values[frame]}:
            yield frame, {**common, **seen}
