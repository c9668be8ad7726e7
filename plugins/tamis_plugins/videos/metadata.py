"""What a frame's place in its video says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tamis import Annotations, Column, Kind, Metadata, MetadataField, Report
from tamis_plugins.videos.names import video_of

#: The keys.
TIME, NAME = "video.time", "video.name"


class VideoMetadata(Annotations):
    """When each frame is shown, in seconds, and which video it is of.

    Args:
        where: The location.
        times: When each frame of each video is shown, by the video's name.
    """

    def __init__(self, where: str, times: Mapping[str, npt.NDArray[np.float64]]) -> None:
        self.where, self._times = where, times

    def fields(self) -> Mapping[str, MetadataField]:
        """Both."""
        return {TIME: MetadataField(TIME, Kind.SCALAR), NAME: MetadataField(NAME, Kind.CATEGORY)}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Those of these samples, by their names."""
        report(0, len(samples))
        labels = tuple(sorted(self._times))
        codes = {name: code for code, name in enumerate(labels)}
        of, times = np.full(len(samples), -1, dtype=np.int64), np.zeros(len(samples))
        for row, sample in enumerate(samples):
            video = video_of(sample)
            known = self._times.get(video.name, ()) if video else ()
            if video and video.index < len(known):
                of[row], times[row] = codes[video.name], known[video.index]
        reasons = dict.fromkeys(np.flatnonzero(of < 0).tolist(), f"it is no frame of a video in {self.where}")
        columns = {
            TIME: Column(TIME, Kind.SCALAR, times, valid=of >= 0, reasons=reasons),
            NAME: Column(NAME, Kind.CATEGORY, of, labels=labels, valid=of >= 0, reasons=reasons),
        }
        return Metadata({key: columns[key] for key in keys})
