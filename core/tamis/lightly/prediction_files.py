"""Reading ``.lightly/predictions/<task>``: one JSON file for each image, at its mirrored path.

Good files take the short way: files are parsed and their objects laid out as columns, many at a time, and checked
with array operations. Only when a check fails are the files of that batch looked at one by one, and only a bad one is
held against a JSON Schema, to say what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations import TaskType
from tamis.lightly.predictions import Floats, Ints, Predictions
from tamis.lightly.sidecar import collisions, orphans, read_bytes, sidecar_path
from tamis.lightly.tasks import TaskSchema
from tamis.progress import Monitor

#: Files parsed before their objects are laid out.
BATCH = 512
#: How far a probability vector's sum may be from 1; it is scaled to 1.
TOLERANCE = 1e-3

Sizes = npt.NDArray[np.int64]


class _BadFileError(Exception):
    """Why a file can't be used."""


def read_predictions(
    folder: Path, schema: TaskSchema, samples: Sequence[str], sizes: Sizes, monitor: Monitor
) -> Predictions:
    """Read the predictions of a task, each file once.

    Args:
        folder: The task's folder.
        schema: Its schema.
        samples: Names of the samples.
        sizes: ``(n, 2)`` width and height of each image in pixels; negative where unknown.
        monitor: Checked after every batch.
    """
    reasons = collisions(samples)
    present = np.zeros(len(samples), dtype=bool)
    parts: list[_Columns] = []
    counts: Ints = np.zeros(len(samples), dtype=np.int64)
    for start in range(0, len(samples), BATCH):
        monitor.check()
        loaded: dict[int, list[Any]] = {}
        for row in range(start, min(start + BATCH, len(samples))):
            if row in reasons:
                continue
            try:
                objects = _load(f"{folder}/{sidecar_path(samples[row])}", samples[row])
            except _BadFileError as error:
                reasons[row] = str(error)
            else:
                if objects is not None:
                    present[row] = True
                    loaded[row] = objects
        reasons |= _lay_out(loaded, schema, sizes, parts, counts)
    read = _assembled(schema, present, reasons, parts, counts)
    return attrs.evolve(read, orphans=orphans(folder, samples))


def predictions_of(schema: TaskSchema, objects: Sequence[list[Any] | None], sizes: Sizes) -> Predictions:
    """Predictions from the objects of every sample, as files would hold them; None where making them has failed."""
    present = np.array([made is not None for made in objects], dtype=bool)
    loaded = {row: made for row, made in enumerate(objects) if made is not None}
    parts: list[_Columns] = []
    counts: Ints = np.zeros(len(objects), dtype=np.int64)
    reasons = _lay_out(loaded, schema, sizes, parts, counts)
    reasons |= {row: "the task has failed on it" for row, made in enumerate(objects) if made is None}
    return _assembled(schema, present, reasons, parts, counts)


def _assembled(
    schema: TaskSchema, present: npt.NDArray[np.bool_], reasons: dict[int, str], parts: list[_Columns], counts: Ints
) -> Predictions:
    columns = _joined(parts, schema)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Predictions(schema=schema, offsets=offsets, present=present, reasons=reasons, **columns)


def _load(path: str, sample: str) -> list[Any] | None:
    """The objects of a file, unchecked; None if there is no file. Raises `_BadFileError`."""
    if (content := read_bytes(path, _BadFileError)) is None:
        return None
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _BadFileError(f"not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("predictions"), list):
        raise _BadFileError("not an object with a list of predictions")
    if data.get("file_name", sample) != sample:
        raise _BadFileError(f"its file_name is {data['file_name']!r}")
    objects: list[Any] = data["predictions"]
    return objects


def _lay_out(
    loaded: dict[int, list[Any]], schema: TaskSchema, sizes: Sizes, parts: list[_Columns], counts: Ints
) -> dict[int, str]:
    """Append the objects of some samples as columns and count them; return the bad rows, with the reason."""
    bad: dict[int, str] = {}
    rows = np.repeat(np.fromiter(loaded, np.int64, len(loaded)), [len(objects) for objects in loaded.values()])
    try:
        parts.append(_columns(list(chain.from_iterable(loaded.values())), schema, sizes[rows]))
    except Exception:  # noqa: BLE001 (anything may be in a file)
        for row, objects in loaded.items():
            try:
                parts.append(_columns(objects, schema, np.repeat(sizes[row : row + 1], len(objects), axis=0)))
            except Exception as error:  # noqa: BLE001
                bad[row] = _explain(objects, schema, error)
    for row in loaded.keys() - bad.keys():
        counts[row] = len(loaded[row])
    return bad


_Columns = dict[str, Any]


def _columns(objects: list[Any], schema: TaskSchema, sizes: Sizes) -> _Columns:
    """The columns of some objects. Raises whatever comes of it if one is not as it must be."""
    has = FIELDS[schema.task_type]
    position = {id_: position for position, id_ in enumerate(schema.category_ids)}
    ids = [item["category_id"] for item in objects]
    _only(ids, int)
    if unknown := set(ids) - position.keys():
        number = next(number for number, id_ in enumerate(ids) if id_ in unknown)
        raise _BadFileError(f"predictions[{number}].category_id is {ids[number]}, which the schema does not have")
    scores = _optional(_field(objects, "score", "score" in has))
    _check(scores, "score", "between 0 and 1", np.isnan(scores) | (np.abs(scores - 0.5) <= 0.5))
    columns: _Columns = {"categories": np.array([position[id_] for id_ in ids], dtype=np.int64), "scores": scores}
    return {
        **columns,
        **_probabilities(_field(objects, "probabilities", False), len(position)),
        "boxes": _boxes(_field(objects, "bbox", "bbox" in has), sizes),
        **_keypoints([item["keypoints"] for item in objects] if "keypoints" in has else [[]] * len(objects)),
        **_masks([item["segmentation"] for item in objects] if "segmentation" in has else [], sizes),
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
        raise _BadFileError(f"predictions[{values.index(None)}].{name} is null")
    return values


def _probabilities(vectors: list[Any], classes: int) -> _Columns:
    given = [vector for vector in vectors if vector is not None]
    _only(given, list)
    has = np.array([vector is not None for vector in vectors] if given else np.zeros(len(vectors)), dtype=bool)
    numbers = np.flatnonzero(has)
    lengths = np.fromiter(map(len, given), np.int64, len(given))
    _check(lengths, "probabilities", f"the number of categories, {classes}", lengths == classes, numbers)
    values = _numbers(list(chain.from_iterable(given))).reshape(-1, classes)
    inside = ((values >= 0) & (values <= 1)).all(axis=1)
    _check(values, "probabilities", "all between 0 and 1", inside, numbers)
    if classes == 1:  # one number, of being it
        return {"has_probabilities": has, "probabilities": values}
    sums = values.sum(axis=1)
    _check(sums, "probabilities", "a vector that sums to 1", np.abs(sums - 1) <= TOLERANCE, numbers)
    return {"has_probabilities": has, "probabilities": values / sums[:, None]}


def _boxes(boxes: list[Any], sizes: Sizes) -> Floats:
    """Clipped to the image."""
    found: Floats = np.full((len(boxes), 4), np.nan)
    numbers = np.array([number for number, box in enumerate(boxes) if box is not None], dtype=np.int64)
    if not len(numbers):
        return found
    given = [box for box in boxes if box is not None]
    _only(given, list)
    if set(map(len, given)) != {4}:
        raise _BadFileError("a bbox has not 4 numbers")
    values = _numbers(list(chain.from_iterable(given))).reshape(-1, 4)
    corners = np.concatenate([values[:, :2], values[:, :2] + values[:, 2:]], axis=1)
    limits: Floats = np.where(sizes[numbers] < 0, np.inf, sizes[numbers])
    _check(values, "bbox", "of a width and height from 0", (values[:, 2:] >= 0).all(axis=1), numbers)
    overlaps = (corners[:, 2:] >= 0).all(axis=1) & (corners[:, :2] <= limits).all(axis=1)
    _check(values, "bbox", "within the image", overlaps, numbers)
    corners = np.clip(corners, 0, np.concatenate([limits, limits], axis=1))
    found[numbers] = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return found


def _keypoints(lists: list[Any]) -> _Columns:
    _only(lists, list)
    lengths = np.array([len(points) for points in lists], dtype=np.int64)
    bad = (lengths % 3 != 0).nonzero()[0]
    if len(bad):
        raise _BadFileError(f"predictions[{bad[0]}].keypoints has {lengths[bad[0]]} numbers, not three for each")
    values = _numbers(list(chain.from_iterable(lists))).reshape(-1, 3)
    owners = np.repeat(np.arange(len(lists)), lengths // 3)
    good = (values >= 0).all(axis=1) & (values[:, 2] <= 1)
    _check(values, "keypoints", "x, y from 0 and a confidence between 0 and 1", good, owners)
    return {"keypoint_counts": lengths // 3, "keypoints": values}


def _masks(masks: list[Any], sizes: Sizes) -> _Columns:
    """Masks and their pixels, from run lengths: of zeros and ones in turn, row by row, zeros first."""
    areas: Floats = np.full(len(sizes), np.nan)
    _only(masks, list)
    for number, runs in enumerate(masks):
        _only(runs, int)
        lengths = np.array(runs, dtype=np.int64)
        if len(lengths) and lengths.min() < 0:
            raise _BadFileError(f"predictions[{number}].segmentation has a run of {lengths.min()} pixels")
        width, height = sizes[number].tolist()
        if width >= 0 and sum(runs) != width * height:
            raise _BadFileError(
                f"predictions[{number}].segmentation is of {sum(runs)} pixels, and the image of {width} x {height}"
            )
        areas[number] = lengths[1::2].sum()
    counts = np.array([len(runs) for runs in masks] or np.zeros(len(sizes)), dtype=np.int64)
    return {"areas": areas, "run_counts": counts, "runs": np.array(list(chain.from_iterable(masks)), dtype=np.int64)}


def _only(values: Sequence[Any], *types: type) -> None:
    """Raise unless all are exactly of these types; a bool is no int."""
    if not set(map(type, values)) <= set(types):
        raise TypeError(f"a value is not {' or '.join(type_.__name__ for type_ in types)}")


def _numbers(values: list[Any]) -> Floats:
    _only(values, int, float)
    numbers: Floats = np.array(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise _BadFileError("a number is not finite")
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
        raise _BadFileError(f"predictions[{number}].{field}: {value} is not {rule}")


def _explain(objects: list[Any], schema: TaskSchema, error: Exception) -> str:
    """What is wrong with a file: by JSON Schema if that finds anything, else what the checks said."""
    from tamis.validation import find_problems

    try:
        problems = find_problems({"predictions": objects[:1000]}, file_schema(schema.task_type))
    except Exception:  # noqa: BLE001 (a file that is nested so deeply that it can't even be described)
        problems = []
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}"
    return str(error)


def file_schema(task_type: TaskType) -> dict[str, Any]:
    """The JSON Schema of one image's file."""
    number = {"type": "number"}
    fields = {
        "category_id": {"type": "integer", "minimum": 0},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "probabilities": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}},
        "bbox": {"type": "array", "items": number, "minItems": 4, "maxItems": 4},
        "keypoints": {"type": "array", "items": {"type": "number", "minimum": 0}},
        "segmentation": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    }
    item = {"type": "object", "properties": fields, "required": ["category_id", *FIELDS[task_type]]}
    return {
        "type": "object",
        "properties": {"file_name": {"type": "string"}, "predictions": {"type": "array", "items": item}},
        "required": ["predictions"],
    }


def _joined(parts: list[_Columns], schema: TaskSchema) -> _Columns:
    """All parts one after the other, counts as offsets."""
    empty = _columns([], schema, np.zeros((0, 2), dtype=np.int64))
    columns = {name: np.concatenate([part[name] for part in [empty, *parts]]) for name in empty}
    for name in ("keypoint", "run"):
        columns[f"{name}_offsets"] = np.concatenate([[0], np.cumsum(columns.pop(f"{name}_counts"))])
    return columns
