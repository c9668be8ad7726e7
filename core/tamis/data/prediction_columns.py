"""The objects of samples, laid out as columns and checked with array operations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.polygons import Polygons
from tamis.data.predictions import Floats
from tamis.data.task_schema import TaskSchema, TaskType

#: Beyond all coordinates, and such that sums and products of these are finite.
LARGEST = 1e15
#: How far a probability vector's sum may be from 1; it is scaled to 1.
TOLERANCE = 1e-3
#: How far a number may be from 0..1, as float32 rounds it; it is taken for 0 or 1.
ROUNDING = 1e-6

Columns = dict[str, Any]


class BadPredictionError(Exception):
    """Why a sample's prediction can't be used."""


def columns_of(objects: list[Any], schema: TaskSchema) -> Columns:
    """The columns of some objects. Raises whatever comes of it if one is not as it must be."""
    has = FIELDS[schema.task_type]
    position = {id_: position for position, id_ in enumerate(schema.category_ids)}
    ids = _integers([item["category_id"] for item in objects])
    if unknown := set(ids) - position.keys():
        number = next(number for number, id_ in enumerate(ids) if id_ in unknown)
        raise BadPredictionError(f"predictions[{number}].category_id is {ids[number]}, which the schema does not have")
    scores = _optional(_field(objects, "score", "score" in has))
    scores = _shares(scores)
    _check(scores, "score", "between 0 and 1", np.isnan(scores) | (np.abs(scores - 0.5) <= 0.5))
    columns: Columns = {"categories": np.array([position[id_] for id_ in ids], dtype=np.int64), "scores": scores}
    return {
        **columns,
        **_probabilities(_field(objects, "probabilities", False), len(position)),
        "boxes": _boxes(_field(objects, "bbox", "bbox" in has)),
        **_keypoints([item["keypoints"] for item in objects] if "keypoints" in has else [[]] * len(objects)),
        **_masks([_runs(item) for item in objects] if "segmentation" in has else [], len(objects)),
        "polygons": _polygons([item.get("polygons", []) for item in objects], len(objects)),
    }


#: Which fields an object of each task type must have beside its category.
FIELDS: dict[TaskType, tuple[str, ...]] = {
    "classification": (),
    "object-detection": ("bbox", "score"),
    "keypoint-detection": ("keypoints", "score"),
    "instance-segmentation": ("segmentation", "bbox", "score"),
    "semantic-segmentation": ("segmentation", "score"),
}


def _field(objects: list[Any], name: str, required: bool) -> list[Any]:
    """A field of every object; None where it is missing and not required."""
    if not required:
        return [item.get(name) for item in objects]
    values = [item[name] for item in objects]
    if None in values:
        raise BadPredictionError(f"predictions[{values.index(None)}].{name} is null")
    return values


def _probabilities(vectors: list[Any], classes: int) -> Columns:
    given = [vector for vector in vectors if vector is not None]
    _only(given, list)
    has = np.array([vector is not None for vector in vectors] if given else np.zeros(len(vectors)), dtype=bool)
    numbers = np.flatnonzero(has)
    lengths = np.fromiter(map(len, given), np.int64, len(given))
    rule = f"the {classes} of the categories"
    _check(lengths, "probabilities: their number", rule, lengths == classes, numbers)
    values = _shares(_numbers(list(chain.from_iterable(given)))).reshape(-1, classes)
    inside = ((values >= 0) & (values <= 1)).all(axis=1)
    _check(values, "probabilities", "all between 0 and 1", inside, numbers)
    if classes == 1:  # one number, of being it
        return {"has_probabilities": has, "probabilities": values}
    sums = values.sum(axis=1)
    _check(sums, "probabilities: their sum", "1", np.abs(sums - 1) <= TOLERANCE, numbers)
    return {"has_probabilities": has, "probabilities": values / sums[:, None]}


def _boxes(boxes: list[Any]) -> Floats:
    found: Floats = np.full((len(boxes), 4), np.nan)
    numbers = np.array([number for number, box in enumerate(boxes) if box is not None], dtype=np.int64)
    if not len(numbers):
        return found
    given = [box for box in boxes if box is not None]
    _only(given, list)
    if set(map(len, given)) != {4}:
        raise BadPredictionError("a bbox has not 4 numbers")
    values = _numbers(list(chain.from_iterable(given))).reshape(-1, 4)
    _check(values, "bbox", "of a width and height from 0", (values[:, 2:] >= 0).all(axis=1), numbers)
    found[numbers] = values
    return found


def _keypoints(lists: list[Any]) -> Columns:
    _only(lists, list)
    lengths = np.array([len(points) for points in lists], dtype=np.int64)
    bad = (lengths % 3 != 0).nonzero()[0]
    if len(bad):
        raise BadPredictionError(f"predictions[{bad[0]}].keypoints has {lengths[bad[0]]} numbers, not three for each")
    values = _numbers(list(chain.from_iterable(lists))).reshape(-1, 3)
    owners = np.repeat(np.arange(len(lists)), lengths // 3)
    values[:, :2] = values[:, :2].clip(0, None)  # as boxes are clipped
    values[:, 2] = _shares(values[:, 2])
    good = (values[:, 2] >= 0) & (values[:, 2] <= 1)
    _check(values, "keypoints", "x, y and a confidence between 0 and 1", good, owners)
    return {"keypoint_counts": lengths // 3, "keypoints": values}


def _runs(item: Any) -> Any:
    """The run lengths of an object's mask; None if it has polygons instead."""
    return None if "polygons" in item else item["segmentation"]


def _polygons(outlines: list[Any], objects: int) -> Polygons:
    """Of each object, from rings of x, y in turn."""
    if not any(outlines):
        return Polygons.none(objects)
    _only(outlines, list)
    for number, rings in enumerate(outlines):
        _only(rings, list)
        for ring in rings:
            if len(ring) < 6 or len(ring) % 2:
                raise BadPredictionError(
                    f"predictions[{number}]: a polygon has {len(ring)} numbers, not x, y of 3 points"
                )
    return Polygons.of([[_numbers(ring).reshape(-1, 2) for ring in rings] for rings in outlines])


def _masks(masks: list[Any], objects: int) -> Columns:
    """Masks and their pixels, from run lengths: of zeros and ones in turn, row by row, zeros first."""
    areas: Floats = np.full(objects, np.nan)
    _only(masks, list, type(None))
    masks = [runs if runs is None else _integers(runs) for runs in masks]
    for number, runs in enumerate(masks):
        if runs is None:
            continue
        lengths = np.array(runs, dtype=np.int64)
        if len(lengths) and lengths.min() < 0:
            raise BadPredictionError(f"predictions[{number}].segmentation has a run of {lengths.min()} pixels")
        areas[number] = lengths[1::2].sum()
    given = [runs or [] for runs in masks]
    counts = np.array([len(runs) for runs in given] or np.zeros(objects), dtype=np.int64)
    return {"areas": areas, "run_counts": counts, "runs": np.array(list(chain.from_iterable(given)), dtype=np.int64)}


def _only(values: Sequence[Any], *types: type) -> None:
    """Raise unless all are exactly of these types; a bool is no int."""
    if not set(map(type, values)) <= set(types):
        raise TypeError(f"a value is not {' or '.join(type_.__name__ for type_ in types)}")


def _integers(values: list[Any]) -> list[Any]:
    """Integers, of which some may be written as floats, such as 1.0."""
    if float in set(map(type, values)):
        values = [int(value) if type(value) is float and value.is_integer() else value for value in values]
    _only(values, int)
    return values


def _shares(values: Floats) -> Floats:
    """Numbers, of which those that are in 0..1 but for rounding are in it."""
    near = np.abs(values - 0.5) <= 0.5 + ROUNDING
    return np.where(near, values.clip(0, 1), values)


def _numbers(values: list[Any]) -> Floats:
    _only(values, int, float)
    numbers: Floats = np.array(values, dtype=np.float64)
    if not (np.abs(numbers) <= LARGEST).all():
        raise BadPredictionError("a number is not finite, or too large")
    return numbers


def _optional(values: list[Any]) -> Floats:
    """Numbers, NaN where there is none."""
    if None not in values:
        return _numbers(values)
    found: Floats = np.full(len(values), np.nan)
    numbers = [number for number, value in enumerate(values) if value is not None]
    found[numbers] = _numbers([values[number] for number in numbers])
    return found


def _check(values: npt.NDArray[Any], field: str, rule: str, good: Any, numbers: Any = None) -> None:
    """Raise about the first row that isn't good. ``numbers`` says which object each row is of."""
    bad = np.flatnonzero(~good)
    if len(bad):
        number, value = (bad if numbers is None else numbers[bad])[0], values[bad[0]].tolist()
        raise BadPredictionError(f"predictions[{number}].{field}: {value} is not {rule}")
