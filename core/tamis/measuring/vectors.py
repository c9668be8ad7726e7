"""Vectors of images and of the objects in them: which are wanted, what is cut out for them, and what comes of it."""

from __future__ import annotations

import json
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.memory import Memory
from tamis.data.predictions import Predictions
from tamis.measuring.embedding import Embedding

Floats = npt.NDArray[np.float64]
#: ``(k, 5)`` where the vectors of samples are: row, number of the file, start and count in it, objects dropped.
Places = npt.NDArray[np.int32]

#: The view that is embedded, or cut into objects.
VIEW = "rgb"


@attrs.frozen(eq=False)
class Wanted:
    """Vectors that a run needs, of each image as a whole, or of each object of a task.

    An object is cut out of the decoded image: its box is clipped to the image, made larger by ``padding`` around its
    centre, clipped again, and its corners truncated to whole pixels.

    Attributes:
        embedding: What makes them.
        task: The task whose objects are wanted: an auto task of the same run, or one whose boxes are handed to
            `measure`. None for whole images.
        padding: How much is added to an object's width and height, as a share of them.
        min_size: Objects less than so many pixels wide or high, after padding, are dropped. So are those without a box.
    """

    embedding: Embedding
    task: str | None = None
    padding: float = 0.0
    min_size: int = 1

    def cut(self, rgb: npt.NDArray[np.uint8], boxes: Floats | None = None) -> tuple[list[Any], int]:
        """What waits for the embedder of one image, ``(H, W, 3)``, and how many objects were dropped.

        Args:
            rgb: The image.
            boxes: Of its objects, as `Boxes` has them; None for the whole image.
        """
        if boxes is None:
            return [self.embedding.preprocess(rgb)], 0
        found = self.corners(boxes, rgb.shape[1], rgb.shape[0])
        kept = found[(found[:, 2:] - found[:, :2] >= max(self.min_size, 1)).all(axis=1)].tolist()
        return [self.embedding.preprocess(_part(rgb, *corners)) for corners in kept], len(boxes) - len(kept)

    def corners(self, boxes: Floats, width: int, height: int) -> npt.NDArray[np.int64]:
        """``(k, 4)`` left, top, right, bottom in pixels of what is cut out for each box; all 0 where there is none.

        The command ``lightly-crop`` cut objects out so.
        """
        return corners_of(boxes, width, height, self.padding)


@attrs.frozen(eq=False)
class Embedded:
    """Vectors of a dataset: one for each image, or any number for each.

    Attributes:
        values: ``(n, d)`` float32, one row for each sample, 0 where that isn't valid; of objects
            ``(m, d)``, those of sample i in rows ``offsets[i]:offsets[i + 1]``.
        valid: ``(n,)`` bool: which samples could be embedded, be it to no vector because they have no object.
        offsets: ``(n + 1,)``, ascending from 0 to m; None for whole images.
        dropped: ``(n,)`` objects that are too small, or have no box.
    """

    values: npt.NDArray[np.float32]
    valid: npt.NDArray[np.bool_]
    offsets: npt.NDArray[np.int64] | None
    dropped: npt.NDArray[np.int64]


class Collected:
    """Takes in the vectors of one sample after the other, in any order."""

    def __init__(self, wanted: Wanted, samples: int, memory: Memory) -> None:
        self._wanted, self._memory = wanted, memory
        self._values: npt.NDArray[np.float32] = memory.empty(
            (0 if wanted.task else samples, wanted.embedding.dim), np.float32
        )
        self._objects: dict[int, npt.NDArray[np.float32]] = {}
        self._valid = np.zeros(samples, dtype=bool)
        self._dropped = np.zeros(samples, dtype=np.int64)

    def add(self, row: int, vectors: npt.NDArray[np.float32], dropped: int = 0) -> None:
        """``(k, d)`` of one sample."""
        self._valid[row] = True
        self._dropped[row] = dropped
        if self._wanted.task is None:
            self._values[row] = vectors[0]
        elif len(vectors):
            self._objects[row] = vectors

    def read(self, places: Places, vectors: npt.NDArray[np.float32]) -> None:
        """Those of many samples, which are in one file."""
        rows, _, starts, _, dropped = places.T
        if self._wanted.task is None:
            self._valid[rows], self._dropped[rows], self._values[rows] = True, dropped, vectors[starts]
            return
        for row, _, start, count, lost in places.tolist():
            self.add(row, np.array(vectors[start : start + count]), lost)

    def embedded(self) -> Embedded:
        """All of them; nothing is kept here."""
        if self._wanted.task is None:
            self._values[~self._valid] = 0
            return Embedded(self._values, self._valid, None, self._dropped)
        counts = np.zeros(len(self._valid), dtype=np.int64)
        for row, vectors in self._objects.items():
            counts[row] = len(vectors)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        values = self._memory.empty((int(offsets[-1]), self._wanted.embedding.dim), np.float32)
        for row in sorted(self._objects):  # so that they are in memory twice only one by one
            values[offsets[row] : offsets[row + 1]] = self._objects.pop(row)
        return Embedded(values, self._valid, offsets, self._dropped)


@attrs.frozen
class Boxes:
    """The boxes of a task's objects, before they are fitted to their images.

    Attributes:
        offsets: ``(n + 1,)``: those of sample i are rows ``offsets[i]:offsets[i + 1]``.
        values: ``(m, 4)`` x, y, width, height in pixels; NaN where there is none. A fifth column, if there is one, has
            1 for those in shares of the image's width and height.
    """

    offsets: npt.NDArray[np.int64]
    values: Floats

    @classmethod
    def unfitted(cls, predictions: Predictions) -> Boxes:
        """Those of a task's predictions, as they were read."""
        values = predictions.outlines
        if predictions.relative.any():
            values = np.concatenate([values, predictions.relative[:, None]], axis=1)
        return cls(predictions.offsets, values)

    def of(self, row: int) -> Floats:
        """Those of one sample."""
        start, stop = self.offsets[row : row + 2].tolist()
        return self.values[start:stop]


def corners_of(boxes: Floats, width: int, height: int, padding: float = 0.0) -> npt.NDArray[np.int64]:
    """``(k, 4)`` left, top, right, bottom in pixels of what is cut out for each box; all 0 where there is none.

    A box is clipped to the image, made larger by ``padding`` around its centre and clipped again; its corners are
    truncated to whole pixels.
    """
    limits = np.array([width, height, width, height], dtype=np.float64)
    if boxes.shape[1] > 4:
        boxes = np.where(boxes[:, 4:] > 0, boxes[:, :4] * limits, boxes[:, :4])
    corners = np.nan_to_num(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)).clip(0, limits)
    grown = (corners[:, 2:] - corners[:, :2]) * padding / 2
    whole: npt.NDArray[np.int64] = (corners + np.concatenate([-grown, grown], axis=1)).clip(0, limits).astype(np.int64)
    return whole


def boxes_of(objects: str) -> Floats:
    """``(k, 4)`` the boxes of objects, which come as JSON as in a prediction file; NaN where there is none.

    Raises whatever comes of it if something is no object or no box.
    """
    boxes = [box if (box := item.get("bbox")) is not None else [np.nan] * 4 for item in json.loads(objects)]
    return np.array(boxes, dtype=np.float64).reshape(len(boxes), 4)


def _part(rgb: npt.NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> npt.NDArray[np.uint8]:
    part = np.ascontiguousarray(rgb[top:bottom, left:right])
    part.flags.writeable = False
    return part
