"""Opening a frame, and telling whether its video has changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from tamis import Images
from tamis_plugins.videos.names import video_of

if TYPE_CHECKING:
    from PIL import Image


@attrs.frozen
class VideoImages(Images):
    """Frames of the videos in a folder.

    It holds neither names nor timestamps: it travels with the work. A worker reads the packets of a video when it opens
    the first frame of it, and keeps it open.

    Attributes:
        root: The folder.
        version: Of what decodes, on which pixels depend.
    """

    root: str
    version: str

    def open(self, name: str) -> Image.Image:
        """The frame, as PyAV makes an RGB image of it."""
        from tamis_plugins.videos.decoding import frame_of

        return frame_of(*self._place(name))

    def fingerprint(self, name: str) -> str | None:
        """Size and time of modification of the video, and the frame's number."""
        try:
            path, index = self._place(name)
            status = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):  # ValueError: no path at all
            return None
        return f"{status.st_size}:{status.st_mtime_ns}:{index}"

    def _place(self, name: str) -> tuple[str, int]:
        if (video := video_of(name)) is None:
            raise OSError("it is not named like a frame of a video")
        return f"{self.root}/{video.name}", video.index
