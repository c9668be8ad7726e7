"""Frames of videos, decoded as they are needed: nothing is extracted.

The location is a video with the suffix ``.mp4``, ``.m4v``, ``.hevc``, ``.mpg``, ``.mpeg``, ``.avi``, ``.mov`` or
``.webm``, in any letter case; or a folder with videos in it or in its folders, and no images. Of a folder that holds
both, ``video:FOLDER`` means the videos. It needs the extra ``video``, which is PyAV.

Frames are counted from 0 in the order in which they are shown, and named as LightlyOne names them, video, number and
suffix: ``walk-099-mp4.png``, with as many digits as the number of the video's frames has. ``every=N`` takes each N-th
frame from the first on; ``fps=X`` the first frame of each of X equal parts of a second. A ``.lightly`` folder beside
the videos comes along as annotations; ``video.name``, ``video.time`` in seconds, and ``video.pts``, the same in the
video's own units, are metadata.

A frame is what PyAV's ``to_image`` makes of it: RGB, converted by FFmpeg as the stream says its colours are meant. A
rotation that is noted in the file is not applied, as EXIF orientation isn't.

A video is read in order by whoever measures its frames, and decoding goes forward: with one job each frame is decoded
once, and those of ``every`` and ``fps`` with all on the way to them from the last key frame. With several jobs a worker
does at least 64 frames in a row, from a key frame on, and decodes few of another's; where a video has no key frame for
512 frames, also what lies between the last one and those. A frame that can't be decoded, or only with parts made up,
has failed; the others go on. A frame is known again by size and time of its video, its number, and PyAV's version.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tamis import Failure, Listing, Params, Source, hookimpl
from tamis.errors import DatasetError, MissingDependencyError, ParameterError
from tamis_plugins.annotations.lightly import open_folder
from tamis_plugins.local_files.listing import FolderListing
from tamis_plugins.local_files.sieve import SUFFIXES as IMAGES
from tamis_plugins.sources.folder import folder
from tamis_plugins.videos.images import VideoImages
from tamis_plugins.videos.metadata import VideoMetadata
from tamis_plugins.videos.names import SUFFIXES, frame_name

if TYPE_CHECKING:
    from tamis_plugins.videos.timeline import Timeline

#: Frames that a worker does in a row: at least so many, up to the next key frame, and no more than so many.
SHORTEST, LONGEST = 64, 512


def list_frames(location: str, options: Params) -> Listing:
    """Read the packets of all videos; none is decoded."""
    if {"every", "fps"} <= options.keys():
        raise ParameterError("fps", "is another way to say what every says: one of them is enough")
    path = Path(location)
    is_file = path.is_file() or (path.suffix.lower() in SUFFIXES and not path.is_dir())
    root = (path.parent if is_file else folder(location)).absolute()
    found = FolderListing(root, SUFFIXES)
    if is_file:
        _check_file(path)
        found.names.append(path.name)
    else:
        found.read()
    videos = sorted(found.names)
    if not videos:
        raise DatasetError(f"no video in {location}: none of its files ends in {', '.join(SUFFIXES)}{found.reasons()}")
    if find_spec("av") is None:
        kinds = Counter(PurePosixPath(name).suffix.lower() for name in videos)
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        plural = "s" * (len(videos) > 1)
        raise MissingDependencyError("PyAV", f"{location} holds video{plural} ({counts}): reading frames", "video")
    names: list[str] = []
    parts: list[int] = []
    units: list[int] = []
    timelines: dict[str, Timeline] = {}
    for video in videos:
        try:
            timeline, chosen = _frames(f"{root}/{video}", options)
        except (OSError, ValueError) as error:
            found.failures.append(Failure(video, "list", None, f"not a video that can be read: {error}"))
            continue
        if chosen:
            parts.append(len(names))
            units += [len(names) + position for position in _units(timeline, chosen)]
        names += [frame_name(video, index, len(timeline)) for index in chosen]
        timelines[video] = timeline
    if not names:
        raise DatasetError(f"no frame in {location}{found.reasons()}")
    return Listing(
        names,
        VideoImages(str(root), version("av")),
        failures=sorted(found.failures, key=lambda failure: failure.sample),
        ignored=found.ignored,
        ignored_kinds=dict(found.kinds),
        parts=parts,
        units=units,
        annotations=[open_folder(root), VideoMetadata(location, timelines)],
    )


def _check_file(path: Path) -> None:
    """Raise `DatasetError` if it is no video, by its name, or isn't there."""
    if not path.is_file():
        raise DatasetError(f"the video {str(path)!r} {'is no file' if path.exists() else 'does not exist'}")
    if path.suffix.lower() not in SUFFIXES or "\n" in path.name:
        raise DatasetError(
            f"the video {str(path)!r} can't be told by its name: it doesn't end in {', '.join(SUFFIXES)}"
        )


def _frames(path: str, options: Params) -> tuple[Timeline, Sequence[int]]:
    """The frames of a video, and which of them are samples. Raises `OSError`."""
    from tamis_plugins.videos.timeline import timeline_of

    timeline = timeline_of(path)
    if "fps" not in options:
        return timeline, range(0, len(timeline), options.get("every", 1))
    return timeline, list(_a_second(timeline, Fraction(str(options["fps"]))))


def _units(timeline: Timeline, chosen: Sequence[int]) -> Iterator[int]:
    """Positions among the chosen frames at which a worker begins: at a key frame, if there is enough before it."""
    beginnings, begun = {bisect_left(chosen, key) for key in timeline.keys.tolist()}, -LONGEST
    for position in range(len(chosen)):
        done = position - begun
        if done >= LONGEST or (done >= SHORTEST and position in beginnings):
            begun = position
            yield position


def _a_second(timeline: Timeline, fps: Fraction) -> Iterator[int]:
    """The first frame of each of so many parts of a second, counted from the first frame on."""
    stamps, last = timeline.stamps.tolist(), -1
    for index, stamp in enumerate(stamps):
        if (part := (stamp - stamps[0]) * timeline.unit * fps // 1) > last:
            last = part
            yield index


def holds_videos(location: str) -> bool:
    """Whether it is a folder with videos and no images; with images, it is one of those."""
    found = False
    for suffix in _suffixes(location) if os.path.isdir(location) else ():  # noqa: PTH112
        if suffix in IMAGES:
            return False
        found = found or suffix in SUFFIXES
    return found


def _suffixes(root: str) -> Iterator[str]:
    """Those of the files in a folder and in its folders, as they come: one of images tells at once."""
    folders = [root]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:  # whoever lists them says what can't be read
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 (there may be a million)


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare video."""
    schema = {
        "properties": {
            "every": {"type": "integer", "minimum": 1, "description": "Take each so-manieth frame."},
            "fps": {"type": "number", "exclusiveMinimum": 0, "description": "Take so many frames a second."},
        }
    }
    return [Source("video", list_frames, suffixes=SUFFIXES, recognizes=holds_videos, schema=schema, doc=__doc__ or "")]
