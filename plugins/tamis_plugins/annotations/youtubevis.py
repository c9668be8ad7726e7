"""YouTube-VIS's JSON: objects in the frames of videos, with boxes and masks; ground truth, or a model's results.

The location is the file, a path or a URL as the source ``url`` takes them. Ground truth is an object with ``videos``,
``categories`` and ``annotations``, each of these a track: an object over the frames of a video. In each frame in which
it is seen it counts as predicted with score 1. Results are a list of tracks with scores; ``videos_from`` is then the
ground truth that has the videos and categories. The tasks are ``detection`` (boxes; of an object without one, none) and
``segmentation`` (run lengths and polygons): those that the file has something for, or the one that ``task`` names.

Samples are frames. One of a folder of frames is that of the same path in ``file_names``, such as ``video/00005.jpg``,
else the one whose path ends with it, or that is the end of it, if that is clear. One of the source ``video``, such as
``video-005-mp4.png``, is that of the same video and number. A frame in which nothing is seen has no objects. Crowds
(``iscrowd``) count as an object each; ``crowd=false`` leaves them out. What is wrong with a frame costs that.

tamis reads the file itself: labelformat leaves out what the frames are called and which numbers they have, in official
data each fifth, so that no object can be told to be of a sample.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from tamis import AnnotationFormat, Params, hookimpl
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, file_of, file_there
from tamis_plugins.coco.file import CocoFile
from tamis_plugins.coco.labels import CocoLabels
from tamis_plugins.coco.videos import read_tracks
from tamis_plugins.videos.names import video_of

_TASKS = ("detection", "segmentation")
#: A frame's file: its folder, which is called like its video, and its number.
_FRAME = re.compile(r"(?P<video>.+)/\D*(?P<number>\d{1,18})\.\w+")


class YouTubeVis(CocoLabels):
    """A YouTube-VIS file."""

    def __init__(self, file: File, videos_from: File | None, options: Params) -> None:
        super().__init__(file.where, options.get("task"), crowd=options["crowd"])
        self._source, self._videos_from = file, videos_from

    def read(self) -> CocoFile:
        """The file, and the other."""
        return read_tracks(self._source, self._videos_from)

    @cached_property
    def _frames(self) -> Mapping[tuple[str, int], str]:
        """The name of each frame here, by its video's and its number in that."""
        found = ((_FRAME.fullmatch(name), name) for name in self.names())
        return {(match["video"], int(match["number"])): name for match, name in found if match}

    def called(self, sample: str) -> str:
        """A frame of a video is called as it would be in a folder of that video's."""
        if (frame := video_of(sample)) is None:
            return sample
        video = frame.name.rpartition(".")[0]
        keys = ((video, frame.index), (video.rpartition("/")[2], frame.index))
        return next((self._frames[key] for key in keys if key in self._frames), sample)


def read(location: str, options: Params) -> YouTubeVis:
    """Open the file; it is read later."""
    return YouTubeVis(file_there(location, "YouTube-VIS file", options), file_of("videos_from", options), options)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare youtubevis."""
    schema = {
        "properties": {
            "task": {"enum": list(_TASKS), "description": "The only one to take; by default all that there are."},
            "videos_from": {
                "type": "string",
                "minLength": 1,
                "description": "Of results: the ground truth that has their videos and categories.",
            },
            "crowd": {"type": "boolean", "default": True, "description": "Whether crowds count as objects."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("youtubevis", read, schema=schema, doc=__doc__ or "")]
