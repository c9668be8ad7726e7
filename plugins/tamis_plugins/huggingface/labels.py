"""Columns of class labels, and of objects, as prediction tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tamis import Annotations, Predictions, PredictionsBuilder, Report, TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.huggingface.features import Labelled, labelled
from tamis_plugins.huggingface.rows import Rows

#: How boxes can be written: x, y, width and height, or the corners x, y and x, y.
BOXES = ("xywh", "corners")


class RowLabels(Annotations):
    """A task for each such column, called like it. Labels count as predictions with score 1.

    Args:
        rows: The rows.
        names: What they are called.
        boxes: One of `BOXES`; None if nobody has said which.
    """

    def __init__(self, rows: Rows, names: Sequence[str], boxes: str | None) -> None:
        self.where = rows.where
        self._rows, self._names, self._boxes = rows, names, boxes
        self._columns = {each.column: each for each in labelled(rows.features) if TaskSchema.is_name(each.column)}
        self._found: dict[str, tuple[str, ...]] = {}

    def tasks(self) -> Collection[str]:
        """The names of the columns."""
        return tuple(self._columns)

    def task(self, name: str) -> TaskSchema:
        """With the classes of the feature; where it has none, with those that occur."""
        if name not in self._columns:
            return super().task(name)
        of = self._columns[name]
        try:
            return TaskSchema(name, of.type, range(len(self._categories(of))), self._categories(of))
        except ValueError as error:
            raise PredictionError(f"{self.where}, column '{name}': {error}") from error

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Those of the rows that have a label."""
        schema, of = self.task(name), self._columns[name]
        builder = PredictionsBuilder(schema, len(samples))
        positions = {category: number for number, category in enumerate(schema.category_names)}
        wanted = {sample: row for row, sample in enumerate(samples)}
        corners, start = self._corners(of), 0
        for values in self._values(of):
            report(start, self._rows.count)
            found = {}
            for name_, value in zip(self._names[start : start + len(values)], values, strict=True):
                if name_ in wanted and value is not None:
                    objects = [_object(each, positions, of, corners) for each in value]
                    if objects or of.type != "classification":
                        found[wanted[name_]] = objects
            builder.add(found)
            start += len(values)
        return builder.build((), self.where)

    def _values(self, of: Labelled) -> Iterator[list[list[tuple[Any, Any]] | None]]:
        """Of each row, category and box of its objects, some rows at a time; None where nothing is known of a row."""
        for batch in self._rows.batches(of.column):
            yield [_pairs(value, of) for value in batch.to_pylist()]

    def _categories(self, of: Labelled) -> tuple[str, ...]:
        if of.names is not None:
            return of.names
        if of.column not in self._found:
            pairs = (pair for values in self._values(of) for value in values for pair in value or ())
            found = {category for category, _ in pairs if category is not None}
            if not found:
                raise PredictionError(f"{self.where}, column '{of.column}': no object in any row")
            numbers = all(isinstance(category, int) for category in found)
            self._found[of.column] = tuple(map(str, sorted(found, key=None if numbers else str)))
        return self._found[of.column]

    def _corners(self, of: Labelled) -> bool:
        """Whether boxes are corners. Raises `PredictionError` if that isn't clear."""
        if not of.box or self._boxes:
            return self._boxes == "corners"
        boxes = [box for values in self._values(of) for value in values for _, box in value or () if box]
        if boxes and not any(len(box) == 4 and (box[2] < box[0] or box[3] < box[1]) for box in boxes):
            raise PredictionError(
                f"{self.where}: the boxes in column '{of.column}' may be x, y, width and height, or two corners: say "
                f"which, boxes=xywh or boxes=corners"
            )
        return False


def _pairs(value: Any, of: Labelled) -> list[tuple[Any, Any]] | None:
    """Category and box of each object in a cell."""
    if value is None:
        return None
    if of.type == "classification":
        return [(each, None) for each in (value if isinstance(value, list) else [value]) if each not in (None, -1)]
    if isinstance(value, dict):
        categories, boxes = value[of.category] or [], value[of.box] or []
        return list(zip(categories, boxes, strict=False)) if len(categories) == len(boxes) else [(None, None)]
    return [(each and each[of.category], each and each[of.box]) for each in value]


def _object(pair: tuple[Any, Any], positions: dict[str, int], of: Labelled, corners: bool) -> dict[str, Any]:
    """As `PredictionsBuilder` takes it, which says what is wrong with one."""
    category, box = pair
    id_ = category if of.names is not None else positions.get(str(category))
    if of.type == "classification":
        return {"category_id": id_, "score": 1.0}
    if corners and box and len(box) == 4:
        box = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
    return {"category_id": id_, "bbox": box, "score": 1.0}
