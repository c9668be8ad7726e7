"""What a frame's place in its video says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tamis import Annotations, Column, Kind, Metadata, MetadataField, Report
from tamis_plugins.videos.names import video_of

if TYPE_CHECKING:
    from tamis_plugins.videos.timeline import Timeline

#: The keys.
TIME, STAMP, NAME = "video.time", "video.pts", "video.name"


class VideoMetadata(Annotations):
    """When each frame is shown, in seconds and as the video has it, and which video it is of.

    Args:
        where: The location.
        videos: The frames of each video, by the video's name.
    """

    def __init__(self, where: str, videos: Mapping[str, Timeline]) -> None:
        self.where, self._videos = where, videos

    def fields(self) -> Mapping[str, MetadataField]:
        """All three."""
        kinds = {TIME: Kind.SCALAR, STAMP: Kind.SCALAR, NAME: Kind.CATEGORY}
        return {key: MetadataField(key, kind) for key, kind in kinds.items()}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Those of these samples, by their names."""
        report(0, len(samples))
        labels = tuple(sorted(self._videos))
        codes = {name: code for code, name in enumerate(labels)}
        seconds = {name: timeline.seconds for name, timeline in self._videos.items()}
        of, stamps = np.full(len(samples), -1, dtype=np.int64), np.zeros(len(samples), dtype=np.int64)
        times = np.zeros(len(samples))
        for row, sample in enumerate(samples):
            video = video_of(sample)
            if video and video.index < len(self._videos.get(video.name, ())):
                of[row], times[row] = codes[video.name], seconds[video.name][video.index]
                stamps[row] = self._videos[video.name].stamps[video.index]
        reasons = dict.fromkeys(np.flatnonzero(of < 0).tolist(), f"it is no frame of a video in {self.where}")
        columns = {
            TIME: Column(TIME, Kind.SCALAR, times, valid=of >= 0, reasons=reasons),
            STAMP: Column(STAMP, Kind.SCALAR, stamps, valid=of >= 0, reasons=reasons),
            NAME: Column(NAME, Kind.CATEGORY, of, labels=labels, valid=of >= 0, reasons=reasons),
        }
        return Metadata({key: columns[key] for key in keys})
