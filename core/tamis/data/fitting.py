"""Fitting predictions to their images, once the sizes of those are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.polygons import Polygons
from tamis.data.predictions import Floats, Ints, Predictions
from tamis.data.predictions_builder import BATCH, PredictionsBuilder
from tamis.data.regrouping import of_rows, regrouped
from tamis.data.task_schema import TaskSchema

#: How many pixels beyond an image a box may begin or end, as by rounding, and still count as one on its edge.
SLACK = 1.0


def fitted(
    predictions: Predictions, sizes: Ints, *, strict: bool = False, masks: bool = True, rows: Ints | None = None
) -> Predictions:
    """The predictions in pixels, with boxes clipped to their images and masks in place of polygons.

    Those of a selection are so. Those that come right from annotations may not be. An object with a box that lies
    outside its image is dropped. A sample with a mask of another size becomes invalid.

    Args:
        predictions: As read.
        sizes: ``(n, 2)`` width and height of each image in pixels; not positive where unknown.
        strict: Whether a box outside its image makes the sample invalid, too.
        masks: Whether polygons become masks; otherwise they stay.
        rows: The samples to have, by their rows; there are then n of these, in this order. By default all.
    """
    if rows is not None:
        predictions = of_rows(predictions, rows)
    predictions = _in_pixels(predictions, sizes)
    large = np.zeros(len(predictions.rows), dtype=bool)
    if masks and len(predictions.polygons.rings):
        large = predictions.polygons.large(sizes[predictions.rows])
        predictions = attrs.evolve(predictions, polygons=predictions.polygons.without(large))
        predictions = _masked(predictions, sizes)
    limits: Floats = np.where(sizes <= 0, np.inf, sizes)[predictions.rows]
    corners = predictions.boxes.copy()
    with np.errstate(over="ignore"):  # it is outside, wherever it ends
        corners[:, 2:] += corners[:, :2]
    without = np.isnan(corners[:, 0])
    inside = without | ((corners[:, 2:] >= -SLACK) & (corners[:, :2] <= limits + SLACK)).all(axis=1)
    inside &= ~large
    corners = np.clip(corners, 0, np.concatenate([limits, limits], axis=1))
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    masked = ~np.isnan(predictions.areas)
    covered = _sums(predictions.runs, predictions.run_offsets)
    covering = ~masked | np.isinf(limits[:, 0]) | (covered == limits.prod(axis=1))
    reasons: dict[int, str] = {}
    dropped: dict[int, str] = {}
    for number in np.flatnonzero(~(inside & covering))[::-1].tolist():  # of each sample the first has the last word
        row = int(np.searchsorted(predictions.offsets, number, side="right")) - 1
        position = number - int(predictions.offsets[row])
        why = f"predictions[{position}]: its outline is too long, or encloses too much, to be an object's"
        if not large[number]:
            why = _reason(predictions, number, position, sizes[row], inside[number])
        (reasons if strict or not covering[number] else dropped)[row] = why
    fitting = attrs.evolve(predictions, boxes=boxes)
    if not reasons and not dropped:
        return fitting
    invalid = np.zeros(len(predictions), dtype=bool)
    invalid[list(reasons)] = True
    keep = inside & ~invalid[predictions.rows]
    counts = np.bincount(predictions.rows[keep], minlength=len(predictions))
    kept = regrouped(fitting, np.flatnonzero(keep), counts)
    dropped = {row: why for row, why in sorted(dropped.items()) if row not in reasons}
    return attrs.evolve(kept, reasons={**predictions.reasons, **reasons}, dropped=dropped)


def predictions_of(schema: TaskSchema, objects: Sequence[str | None], sizes: npt.NDArray[np.int64]) -> Predictions:
    """Predictions from the objects of every sample, as JSON like that of files; None where making them has failed."""
    columns = PredictionsBuilder(schema, len(objects))
    for start in range(0, len(objects), BATCH):
        made = enumerate(objects[start : start + BATCH], start)
        columns.add({row: json.loads(text) for row, text in made if text is not None})
    columns.reasons |= {row: "the task has failed on it" for row, text in enumerate(objects) if text is None}
    return fitted(columns.build(), sizes)


def _in_pixels(predictions: Predictions, sizes: npt.NDArray[np.int64]) -> Predictions:
    """What is in shares of an image's width and height, times these; as it is where they are unknown."""
    if not predictions.relative.any():
        return predictions
    of_object = sizes[predictions.rows]
    scaled = predictions.relative & (of_object > 0).all(axis=1)
    factors: Floats = np.where(scaled[:, None], of_object, 1).astype(np.float64)
    of_keypoints = np.repeat(factors, np.diff(predictions.keypoint_offsets), axis=0)
    ones = np.ones((len(of_keypoints), 1))
    return attrs.evolve(
        predictions,
        boxes=predictions.boxes * np.concatenate([factors, factors], axis=1),
        keypoints=predictions.keypoints * np.concatenate([of_keypoints, ones], axis=1),
        polygons=predictions.polygons.scaled(factors),
        relative=predictions.relative & ~scaled,
    )


def _masked(predictions: Predictions, sizes: npt.NDArray[np.int64]) -> Predictions:
    """Masks in place of polygons. Of an image of unknown size, a mask of the size of the outline, for its area."""
    outlined = np.flatnonzero(np.diff(predictions.polygons.offsets))
    if not len(outlined):
        return predictions
    polygons = predictions.polygons.take(outlined)
    of_object = sizes[predictions.rows[outlined]]
    for number in np.flatnonzero((of_object <= 0).any(axis=1)).tolist():
        of_object[number] = _extent(polygons, number)
    made = polygons.masks(of_object)
    areas, counts = predictions.areas.copy(), np.diff(predictions.run_offsets)
    areas[outlined] = [runs[1::2].sum() for runs in made]
    areas[predictions.relative] = np.nan
    places = np.repeat(predictions.run_offsets[outlined], [len(runs) for runs in made])
    counts[outlined] = [len(runs) for runs in made]
    return attrs.evolve(
        predictions,
        areas=areas,
        runs=np.insert(predictions.runs, places, np.concatenate(made)),
        run_offsets=np.concatenate([[0], np.cumsum(counts)]),
        polygons=Polygons.none(len(counts)),
    )


def _extent(polygons: Polygons, number: int) -> Any:
    """The least width and height that an outline fits into."""
    rings = polygons.rings[slice(*polygons.offsets[number : number + 2])]
    most = np.max([polygons.points[start:stop].max(axis=0) for start, stop in rings], axis=0)
    return np.maximum(np.ceil(most), 1)


def _reason(predictions: Predictions, number: int, position: int, size: Ints, inside: bool) -> str:
    """What is wrong with an object, the so-manieth of its sample."""
    if not inside:
        box = predictions.boxes[number]
        turned = size[::-1] + SLACK
        hint = ""
        if (box[:2] <= turned).all() and (box[:2] + box[2:] >= -SLACK).all():
            hint = (
                f", though within one of {size[1]} x {size[0]}: boxes are of the stored image, to which no EXIF "
                "orientation is applied"
            )
        where = f"predictions[{position}].bbox: {box.tolist()}"
        return f"{where} is not within the image of {size[0]} x {size[1]}{hint}"
    pixels = sum(predictions.runs[slice(*predictions.run_offsets[number : number + 2])].tolist())
    return f"predictions[{position}].segmentation is of {pixels} pixels, and the image of {size[0]} x {size[1]}"


def _sums(values: Ints, offsets: Ints) -> Floats:
    """Of each group of values. In float64, which can't wrap around, and is exact for as many pixels as an image has."""
    sums: Floats = np.zeros(len(offsets) - 1)
    some = np.diff(offsets) > 0
    if some.any():
        sums[some] = np.add.reduceat(values.astype(np.float64), offsets[:-1][some])
    return sums
