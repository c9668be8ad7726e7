"""Metadata and predictions that a host has in memory, as annotations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.field import Metadata, MetadataField
from tamis.data.matching import matched
from tamis.data.predictions import Predictions
from tamis.data.predictions_builder import BATCH, PredictionsBuilder, plain
from tamis.data.table_columns import column_of, columns_of, names_of
from tamis.data.task_schema import TaskSchema
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import Report
from tamis.errors import MetadataError, PredictionError

MEMORY = "memory"
NO_VALUE = "no value"


@attrs.frozen(eq=False)
class GivenMetadata(Annotations):
    """Columns of a table.

    Attributes:
        columns: By key.
        refusals: Why a column can't be used for selection, for those that can't.
        rows: The row of each sample that the table has.
    """

    columns: Mapping[str, Column]
    refusals: Mapping[str, str]
    rows: Mapping[str, int]
    where = MEMORY

    def fields(self) -> Mapping[str, MetadataField]:
        """A field for each column."""
        return {
            key: MetadataField(
                key,
                column.kind,
                refusal=self.refusals.get(key, ""),
                why="" if column.valid.any() else f"no row of the table has a value of '{key}'",
            )
            for key, column in self.columns.items()
        }

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The rows of these samples."""
        names = tuple(self.rows)
        places = np.array(matched(samples, names), dtype=np.int64)
        there = places >= 0
        rows = np.fromiter(self.rows.values(), np.int64, len(names))[places]
        owned = set(places.tolist())
        lost = [name for place, name in enumerate(names) if place not in owned]
        notes = (f"metadata: {len(lost)} rows belong to no sample, such as {', '.join(lost[:3])}",) if lost else ()
        return Metadata({key: _taken(self.columns[key], rows, there) for key in keys}, notes)


def _taken(column: Column, rows: npt.NDArray[np.int64], there: npt.NDArray[np.bool_]) -> Column:
    valid = np.zeros(len(rows), dtype=bool)
    valid[there] = column.valid[rows[there]]
    values = np.zeros(len(rows), dtype=column.values.dtype)
    values[there] = column.values[rows[there]]
    reasons = {int(row): NO_VALUE if there[row] else "no row in the table" for row in np.flatnonzero(~valid)}
    return attrs.evolve(column, values=values, valid=valid, reasons=reasons, record={})


@attrs.frozen(eq=False)
class GivenPredictions(Annotations):
    """Predictions of a task, by the names of samples.

    Attributes:
        schema: The task.
        objects: Of each sample that has a prediction: a list of objects, or ``{"predictions": [...]}``.
    """

    schema: TaskSchema
    objects: Mapping[str, Any]
    where = MEMORY

    def tasks(self) -> Collection[str]:
        """The one."""
        return (self.schema.name,)

    def task(self, name: str) -> TaskSchema:
        """The one."""
        return self.schema if name == self.schema.name else super().task(name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Laid out and checked as those of files are."""
        builder = PredictionsBuilder(self.task(name), len(samples))
        names = tuple(self.objects)
        places = matched(samples, names)
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            found: dict[int, list[Any]] = {}
            for row in range(start, min(start + BATCH, len(samples))):
                if places[row] < 0 or (objects := self.objects[names[places[row]]]) is None:
                    continue
                listed = objects.get("predictions") if isinstance(objects, Mapping) else objects
                if isinstance(listed, Sequence) and not isinstance(listed, (str, bytes)):
                    found[row] = [plain(each) for each in listed]
                else:
                    builder.reasons[row] = "not a list of objects"
            builder.add(found)
        owned = set(places)
        orphans = sorted(name for place, name in enumerate(names) if place not in owned)
        return builder.build(tuple(orphans), MEMORY)


def predictions_of(
    name: str, schema: TaskSchema | Mapping[str, Any], predictions: Any, samples: Sequence[str]
) -> GivenPredictions:
    """Annotations of what `Dataset.with_predictions` takes. Raises `PredictionError`."""
    try:
        found = attrs.evolve(schema, name=name) if isinstance(schema, TaskSchema) else TaskSchema.of(name, schema)
    except ValueError as error:
        raise PredictionError(f"task '{name}': {error}") from error
    if isinstance(predictions, Mapping):
        if odd := [sample for sample in predictions if not isinstance(sample, str)]:
            raise PredictionError(f"task '{name}': the name of a sample is a string, not {odd[0]!r:.60}")
        return GivenPredictions(found, dict(predictions))
    if (
        isinstance(predictions, (str, bytes))
        or not isinstance(predictions, Sequence)
        or len(predictions) != len(samples)
    ):
        raise PredictionError(
            f"task '{name}': predictions are a mapping by the names of samples, or a list with an entry for each of "
            f"{len(samples)} samples, not {type(predictions).__name__}"
            + (f" of {len(predictions)}" if isinstance(predictions, Sequence) else "")
        )
    return GivenPredictions(found, dict(zip(samples, predictions, strict=True)))


#: The column of a table that names samples.
SAMPLE = "sample"


def metadata_of(table: Any, samples: Sequence[str]) -> GivenMetadata:
    """Annotations of what `Dataset.with_metadata` takes. Raises `MetadataError`."""
    columns = columns_of(table)
    if not columns:
        raise MetadataError("the table has no columns")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {length}" for name, length in list(lengths.items())[:4])
        raise MetadataError(f"the columns of the table have different lengths: {shown}")
    named = columns.pop(SAMPLE, None)
    length = next(iter(lengths.values()))
    if named is None and length != len(samples):
        raise MetadataError(
            f"the table has {length} rows for {len(samples)} samples: give it a column '{SAMPLE}' with their names, or "
            "a row for each in their order"
        )
    names = list(samples) if named is None else names_of(named)
    rows = {name: row for row, name in enumerate(names)}
    if len(rows) < len(names):
        twice = next(name for row, name in enumerate(names) if rows[name] != row)
        raise MetadataError(f"two rows of the table are named {twice!r}")
    made = {key: column_of(key, values) for key, values in columns.items()}
    refusals = {key: refusal for key, (_, refusal) in made.items() if refusal}
    return GivenMetadata({key: column for key, (column, _) in made.items()}, refusals, rows)
