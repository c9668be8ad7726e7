"""One object on an image, with all that is known of where it is."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Predictions
from tamis_plugins.labels.masks import box_around, mask_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]


@attrs.frozen(eq=False)
class LabelledObject:
    """An object.

    Attributes:
        category: Its position in the task's categories.
        score: 1 for what was labelled by hand.
        box: x, y, width, height in pixels: as given, else around all else that is known; None if nothing is.
        rings: The polygons that enclose it, ``(k, 2)`` x, y each.
        runs: The run lengths of its mask, of zeros and ones in turn, row by row, zeros first; None if it has none.
        keypoints: ``(k, 3)`` x, y and a confidence.
    """

    category: int
    score: float
    box: Box | None
    rings: tuple[Floats, ...]
    runs: Ints | None
    keypoints: Floats


def objects_of(predictions: Predictions, row: int, width: int, height: int) -> tuple[LabelledObject, ...]:
    """The objects of a sample."""
    return tuple(
        _object(predictions, number, width, height) for number in range(*predictions.offsets[row : row + 2].tolist())
    )


def _object(predictions: Predictions, number: int, width: int, height: int) -> LabelledObject:
    polygons = predictions.polygons
    bounds = polygons.rings[slice(*polygons.offsets[number : number + 2])]
    rings = tuple(polygons.points[start:stop] for start, stop in bounds.tolist())
    runs = predictions.runs[slice(*predictions.run_offsets[number : number + 2])]
    keypoints = predictions.keypoints[slice(*predictions.keypoint_offsets[number : number + 2])]
    score = float(predictions.scores[number])
    return LabelledObject(
        category=int(predictions.categories[number]),
        score=1.0 if np.isnan(score) else score,
        box=_box(predictions.boxes[number], rings, runs, keypoints, width, height),
        rings=rings,
        runs=runs if len(runs) else None,
        keypoints=keypoints,
    )


def _box(
    given: Floats, rings: tuple[Floats, ...], runs: Ints, keypoints: Floats, width: int, height: int
) -> Box | None:
    if not np.isnan(given[0]):
        x, y, wide, high = given.tolist()
        return x, y, wide, high
    if len(runs):
        return box_around(mask_of(runs, width, height))
    seen = [*rings, keypoints[keypoints[:, 2] > 0, :2]]
    points = np.concatenate(seen)
    if not len(points):
        return None
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    return left, top, right - left, bottom - top
