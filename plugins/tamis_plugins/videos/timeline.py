"""Which frames a video has, and when each is shown, from its packets: nothing is decoded."""

from __future__ import annotations

import os
from fractions import Fraction
from functools import lru_cache

import attrs
import numpy as np
import numpy.typing as npt

#: Videos of which it is known at a time what frames they have.
_KNOWN = 16
#: What frames per second a video is taken to have that doesn't say.
_RATE = Fraction(25)
#: FFmpeg's AVFMT_TS_DISCONT: formats such as MPEG-2's, which has other timestamps where it was sought into.
_GUESSED = 0x200
#: Have timestamps made up where a container has only those of decoding, as AVI does; and read videos only, from their
#: files only: FFmpeg would also take a playlist for a video, and fetch what that names.
OPTIONS = {
    "fflags": "+genpts",
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegvideo,mpegts,m4v,h264,hevc",
}


@attrs.frozen(eq=False)
class Timeline:
    """The frames of a video, in the order in which they are shown.

    Attributes:
        stamps: The timestamp of each, ascending: its number, if it has none.
        stamped: Whether frames have timestamps, and each another; else they are known by their order alone.
        keys: The frames, ascending, at which decoding can begin; none where it has to begin with the first.
        seeks: What to seek to for each of those.
        unit: Seconds between two timestamps.
    """

    stamps: npt.NDArray[np.int64]
    stamped: bool
    keys: npt.NDArray[np.int64]
    seeks: npt.NDArray[np.int64]
    unit: Fraction

    def __len__(self) -> int:
        return len(self.stamps)

    @property
    def seconds(self) -> npt.NDArray[np.float64]:
        """When each frame is shown, as the video has it, which need not begin at 0."""
        return self.stamps * self.unit.numerator / self.unit.denominator

    def index_of(self, stamp: int | None) -> int | None:
        """The frame with a timestamp, if there is one."""
        index = len(self) if stamp is None else int(np.searchsorted(self.stamps, stamp))
        return index if index < len(self) and self.stamps[index] == stamp else None


def timeline_of(path: str) -> Timeline:
    """Of a video as it is now. Raises `OSError`."""
    status = os.stat(path)  # noqa: PTH116 (once per frame, pathlib shows)
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=_KNOWN)
def _read(path: str, size: int, changed: int) -> Timeline:
    import av

    sought = False
    packets: list[tuple[int | None, int | None, bool]] = []
    try:
        with av.open(path, options=OPTIONS) as container:
            if not container.streams.video:
                raise OSError("there is no video in it")
            stream = container.streams.video[0]
            sought = not container.format.flags & _GUESSED
            rate, unit = stream.average_rate or stream.guessed_rate or _RATE, stream.time_base
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    packets.append((packet.pts, packet.dts, packet.is_keyframe))  # noqa: PERF401 (kept if it raises)
    except av.FFmpegError as error:
        if not packets:  # else it is cut off: what is before that is used
            raise OSError(error.strerror) from error
    stamps = np.array(sorted(pts for pts, _, _ in packets if pts is not None), dtype=np.int64)
    if unit is None or len(stamps) < len(packets) or np.any(stamps[1:] == stamps[:-1]):
        nowhere = np.array([], dtype=np.int64)
        return Timeline(np.arange(len(packets)), False, nowhere, nowhere, 1 / rate)
    keys = sorted(
        (pts, pts if dts is None else min(pts, dts)) for pts, dts, key in packets if key and sought and pts is not None
    )
    found = np.array(keys, dtype=np.int64).reshape(-1, 2)
    return Timeline(stamps, True, np.searchsorted(stamps, found[:, 0]), found[:, 1], unit)
