"""Frames of videos: named after their video, their number and its suffix, as ``drive-007-mp4.png``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import attrs

#: Suffixes of videos, in any letter case.
SUFFIXES = (".mp4", ".m4v", ".hevc", ".mpg", ".mpeg", ".avi", ".mov", ".webm")
_SUFFIX = "|".join(suffix[1:] for suffix in SUFFIXES)
_FRAME = re.compile(rf"(?P<video>.+)-(?P<index>\d{{1,18}})-(?P<suffix>{_SUFFIX})", re.IGNORECASE | re.DOTALL)


@attrs.frozen
class Video:
    """The video that a frame is of.

    Attributes:
        name: Its path, such as ``sub/drive.mp4``.
        sidecar: The file that belongs to it: ``sub/drive.json``.
        index: The frame's number in it, from 0.
    """

    name: str
    sidecar: str
    index: int


def video_of(sample: str) -> Video | None:
    """The video that a sample is a frame of, by its name; None if it isn't named like a frame."""
    path = PurePosixPath(sample)
    if (found := _FRAME.fullmatch(path.stem)) is None:
        return None
    stem = path.with_name(found["video"]).as_posix()
    return Video(f"{stem}.{found['suffix']}", f"{stem}.json", int(found["index"]))


def frame_name(video: str, index: int, count: int) -> str:
    """What a frame of a video with so many frames is called: with as many digits as that number has."""
    stem, _, suffix = video.rpartition(".")
    return f"{stem}-{index:0{len(str(count))}}-{suffix}.png"
