"""Decoding the frames of a video that stays open, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis_plugins.local_files.last_open import LastOpen
from tamis_plugins.videos.timeline import OPTIONS, timeline_of

if TYPE_CHECKING:
    import av
    from PIL import Image

#: Frames that are decoded sooner than sought across.
_NEAR = 8


class _Decoder:
    """A video that is open. It goes forward, and seeks where that is shorter or the only way."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._timeline = timeline_of(path)
        self._reasons: dict[int, str] = {}
        self._frame: av.VideoFrame | None
        self._start_over()

    def frame(self, index: int) -> Image.Image:
        """The frame of this number, which is the last that was decoded or comes after it, or else is sought."""
        if not 0 <= index < len(self._timeline):
            raise OSError(f"the video has {len(self._timeline)} frames, and none of this number")
        key = self._key(index)
        if index < self._at or (key >= 0 and self._timeline.keys[key] > self._at + _NEAR):
            self._seek(key)
            self._advance()
            if self._at > index:  # some containers seek to somewhere near
                self._start_over()
        while self._at < index:
            self._advance()
        if self._frame is None or self._at > index:
            raise OSError(self._reasons.get(index, "the frame can't be decoded"))
        if self._frame.is_corrupt:
            raise OSError("the frame is damaged")
        image: Image.Image = self._frame.to_image()  # type: ignore[no-untyped-call]  # it has none
        return image

    def _key(self, index: int) -> int:
        """The last place to begin at for a frame: its position in ``keys``; -1 if there is none."""
        return int(np.searchsorted(self._timeline.keys, index, side="right")) - 1

    def _start_over(self) -> None:
        import av

        self._container = av.open(self._path, options=OPTIONS)
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = 1  # processor cores are for --jobs to use
        self._at, self._frame, self._frames = -1, None, self._decoded(whole=True)

    def _seek(self, key: int) -> None:
        if key <= 0:
            self._start_over()
            return
        self._container.seek(int(self._timeline.seeks[key]), stream=self._stream)
        self._at, self._frame, self._frames = -1, None, self._decoded(whole=False)

    def _advance(self) -> None:
        """To the next frame that can be decoded; behind the last, if there is none."""
        self._at, self._frame = next(self._frames, (len(self._timeline), None))

    def _decoded(self, *, whole: bool) -> Iterator[tuple[int, av.VideoFrame | None]]:
        """The frames from here on with their numbers, ascending; without those that can't be decoded."""
        import av

        timeline, last = self._timeline, -1
        for packet in self._packets():
            whole = whole or packet.is_keyframe
            if not whole:
                continue
            try:
                frames = self._stream.codec_context.decode(packet if packet.size else None)
            except av.FFmpegError as error:
                lost = timeline.index_of(packet.pts) if timeline.stamped else last + 1
                if lost is not None:
                    self._reasons[lost] = f"the frame can't be decoded: {error.strerror}"
                    last = last if timeline.stamped else lost
                continue
            for frame in frames:
                index = timeline.index_of(frame.pts) if timeline.stamped else last + 1
                if index is not None and index > last:
                    last = index
                    yield index, frame

    def _packets(self) -> Iterator[Any]:
        """Up to the end, or to where the video is cut off."""
        import av

        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError:
            return


_DECODERS = LastOpen(_Decoder)


def frame_of(path: str, index: int) -> Image.Image:
    """A frame of a video. Each thread keeps the last video open, as long as it is the same. Raises `OSError`."""
    return _DECODERS.of(path).frame(index)
