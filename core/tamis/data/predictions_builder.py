"""Predictions from the objects of samples: laid out as columns, and checked, many at a time.

Good samples take the short way: their objects are laid out together and checked with array operations. Only when a
check fails are the samples of that batch looked at one by one, and only a bad one is held against a JSON Schema, to
say what is wrong with it.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis.data.polygons import Polygons
from tamis.data.predictions import Floats, Predictions
from tamis.data.regrouping import regrouped
from tamis.data.task_schema import TaskSchema, TaskType
from tamis.printable import shortened

#: Samples whose objects are parsed before they are laid out.
BATCH = 512
#: Beyond all coordinates, and such that sums and products of these are finite.
LARGEST = 1e15
#: How far a probability vector's sum may be from 1; it is scaled to 1.
TOLERANCE = 1e-3
#: How far a number may be from 0..1, as float32 rounds it; it is taken for 0 or 1.
ROUNDING = 1e-6

_SCALARS = frozenset((int, float, str, bool, type(None)))

_Columns = dict[str, Any]

#: Where the objects of a file are.
ITEMS = "predictions"


class BadPredictionError(Exception):
    """Why a sample's prediction can't be used."""


class PredictionsBuilder:
    """Makes `Predictions` of the objects of a dataset's samples, taken in many at a time.

    An object is a mapping as a prediction file has it: ``category_id``, and by the type of the task ``score``,
    ``bbox`` (x, y, width, height in pixels), ``keypoints`` (x, y, confidence for each) and ``segmentation`` (run
    lengths of zeros and ones in turn, row by row, zeros first), with ``probabilities`` if there are any. In place of
    ``segmentation`` there may be ``polygons``: rings of x, y in turn, which enclose the object. Numbers and arrays of
    numpy are taken, too.

    Args:
        schema: The task.
        samples: How many samples there are.
        relative: Whether boxes, keypoints and polygons are in shares of the image's width and height. tamis makes
            pixels of them once it knows these.

    Attributes:
        reasons: Why a sample's prediction is invalid, by row. More may be added.
    """

    def __init__(self, schema: TaskSchema, samples: int, *, relative: bool = False) -> None:
        self._schema = schema
        self._relative = relative
        self._parts = [_columns([], schema)]
        self._rows = [np.empty(0, dtype=np.int64)]
        self._present = np.zeros(samples, dtype=bool)
        self.reasons: dict[int, str] = {}

    def add(self, objects: Mapping[int, list[Any]]) -> None:
        """Take in the objects of some samples, by row. Rows may come in any order, and in several calls.

        Raises:
            ValueError: a row is of none of the samples.
        """
        self._check_rows(objects)
        self._present[list(objects)] = True
        try:
            columns = _columns(list(chain.from_iterable(objects.values())), self._schema)
        except MemoryError:
            raise  # which says nothing about the objects
        except Exception:  # noqa: BLE001 (anything may be in a file)
            for row, found in objects.items():
                self._add_one(row, found)
        else:
            self._parts.append(columns)
            self._rows.append(np.repeat(np.array(list(objects), dtype=np.int64), list(map(len, objects.values()))))

    def _add_one(self, row: int, objects: list[Any]) -> None:
        try:
            objects = plain(objects)
            self._parts.append(_columns(objects, self._schema))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001
            self.reasons[row] = shortened(_explain(objects, self._schema, error))
        else:
            self._rows.append(np.full(len(objects), row, dtype=np.int64))

    def _check_rows(self, rows: Iterable[int]) -> None:
        """Raise `ValueError` about one that is of no sample."""
        for row in rows:
            if not 0 <= row < len(self._present):
                raise ValueError(f"row {row} is of none of the {len(self._present)} samples, whose rows count from 0")

    def build(self, orphans: tuple[str, ...] = (), where: str = "", notes: tuple[str, ...] = ()) -> Predictions:
        """All that has been taken in.

        Args:
            orphans: What belongs to no sample, such as names of files.
            where: Where the predictions were read, for messages.
            notes: What the user should know of how they were read.

        Raises:
            ValueError: a reason is of none of the samples.
        """
        self._check_rows(self.reasons)
        rows = np.concatenate(self._rows)
        valid = ~np.isin(rows, list(self.reasons))
        counts = np.bincount(rows[valid], minlength=len(self._present))
        polygons = Polygons.concatenated([part.pop("polygons") for part in self._parts])
        columns = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        for name in ("keypoint", "run"):
            columns[f"{name}_offsets"] = np.concatenate([[0], np.cumsum(columns.pop(f"{name}_counts"))])
        built = Predictions(
            schema=self._schema,
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            present=self._present,
            reasons=self.reasons,
            orphans=orphans,
            where=where,
            notes=notes,
            relative=np.full(len(columns["categories"]), self._relative),
            polygons=polygons,
            dropped={},
            **columns,
        )
        if valid.all() and (rows[1:] >= rows[:-1]).all():
            return built
        order = np.argsort(rows, kind="stable")
        return regrouped(built, order[valid[order]], counts)


def plain(value: Any) -> Any:
    """With numbers and arrays of numpy, or the like, as Python has them."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, (list, tuple)):  # of tens of millions of numbers, in a file that is wrong
        return list(value) if set(map(type, value)) <= _SCALARS else [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def _columns(objects: list[Any], schema: TaskSchema) -> _Columns:
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
    columns: _Columns = {"categories": np.array([position[id_] for id_ in ids], dtype=np.int64), "scores": scores}
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


def _probabilities(vectors: list[Any], classes: int) -> _Columns:
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


def _keypoints(lists: list[Any]) -> _Columns:
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


def _masks(masks: list[Any], objects: int) -> _Columns:
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


def _explain(objects: list[Any], schema: TaskSchema, error: Exception) -> str:
    """What is wrong with a file: by JSON Schema if that finds anything, else what the checks said."""
    from tamis.validation import find_problems

    if any(isinstance(item, dict) and "polygons" in item for item in objects):  # no file has them
        return str(error)
    try:
        problems = find_problems({"predictions": _beginning(objects)}, file_schema(schema.task_type))
    except Exception:  # noqa: BLE001 (a file that is nested so deeply that it can't even be described)
        problems = []
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}"
    if str(error).startswith(ITEMS):
        return str(error)
    number = _first_bad(objects, schema)
    where = f"{ITEMS}[{number}]"
    item = objects[number]
    for field in FIELDS[schema.task_type] + ("probabilities",):
        value = item.get(field) if isinstance(item, Mapping) else None
        for place, each in enumerate(value) if isinstance(value, list) else [(-1, value)]:
            if isinstance(each, (int, float)) and not -LARGEST <= each <= LARGEST:
                part = f"[{place}]" if place >= 0 else ""
                finite = isinstance(each, int) or math.isfinite(each)
                shown = "a number that is too large" if finite else f"{each}, not a finite number"
                return f"{where}.{field}{part} is {shown}"
    return f"{where}: {error}"


def _beginning(value: Any, depth: int = 3) -> Any:
    """The first thousand of what is in a list, and in lists in it: enough to see what is wrong."""
    if isinstance(value, list):
        return [_beginning(each, depth - 1) for each in value[:1000]] if depth else []
    if isinstance(value, dict):
        return {name: _beginning(each, depth) for name, each in value.items()}
    return value


def _first_bad(objects: list[Any], schema: TaskSchema) -> int:
    """Which object can't be used, the first if several can't."""

    def usable(count: int) -> bool:
        try:
            _columns(objects[:count], schema)
        except Exception:  # noqa: BLE001
            return False
        return True

    return bisect.bisect_left(range(1, len(objects)), True, key=lambda count: not usable(count))


def file_schema(task_type: TaskType) -> dict[str, Any]:
    """The JSON Schema of one image's file."""
    number = {"type": "number"}
    fields = {
        "category_id": {"type": "integer", "minimum": 0},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "probabilities": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}},
        "bbox": {"type": "array", "items": number, "minItems": 4, "maxItems": 4},
        "keypoints": {"type": "array", "items": number},
        "segmentation": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    }
    item = {"type": "object", "properties": fields, "required": ["category_id", *FIELDS[task_type]]}
    return {
        "type": "object",
        "properties": {"file_name": {"type": "string"}, "predictions": {"type": "array", "items": item}},
        "required": ["predictions"],
    }
