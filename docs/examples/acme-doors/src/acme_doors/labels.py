"""A CSV file with a row for each image: labels as a classification task, all else as metadata.

``key`` is the column with the names of the samples, ``label`` the one with their labels: the task ``label`` has each of
them as a category, in alphabetical order. Every other column is metadata: of numbers if all its values are, else of
categories. An empty cell is no value.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from tamis import (
    AnnotationFormat,
    Annotations,
    Column,
    Kind,
    Metadata,
    MetadataField,
    Params,
    Predictions,
    PredictionsBuilder,
    Report,
    TaskSchema,
    errors,
    hookimpl,
)

TASK = "label"
#: Rows between two looks at whether the host wants to stop.
BATCH = 4096


class Rows(Annotations):
    """What the file says.

    Args:
        where: The file.
        cells: The values of each column by the name of the sample, without those that are empty.
        label: The column of labels; None if there is none.
    """

    def __init__(self, where: str, cells: Mapping[str, Mapping[str, str]], label: str | None) -> None:
        self.where, self.cells, self.label = where, cells, label
        self.labels = sorted(set(cells[label].values())) if label else []

    def tasks(self) -> Collection[str]:
        """One, if there are labels."""
        return (TASK,) if self.labels else ()

    def task(self, name: str) -> TaskSchema:
        """A category for each label."""
        if name not in self.tasks():
            return super().task(name)
        return TaskSchema(TASK, "classification", range(len(self.labels)), self.labels)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """An object of its category for each sample with a label."""
        builder = PredictionsBuilder(self.task(name), len(samples))
        label_of = self.cells[self.label or ""]
        position = {label: number for number, label in enumerate(self.labels)}
        for start in range(0, len(samples), BATCH):
            report(start, len(samples))
            batch = enumerate(samples[start : start + BATCH], start)
            labelled = {row: label_of[sample] for row, sample in batch if sample in label_of}
            builder.add({row: [{"category_id": position[label], "score": 1.0}] for row, label in labelled.items()})
        return builder.build(tuple(sorted(label_of.keys() - set(samples))), self.where)

    def fields(self) -> Mapping[str, MetadataField]:
        """Every other column."""
        keys = (key for key in self.cells if key != self.label)
        return {key: MetadataField(key, Kind.CATEGORY if self._numbers(key) is None else Kind.SCALAR) for key in keys}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The cells of these samples."""
        report(0, len(samples))
        return Metadata({key: self._column(key, samples) for key in keys})

    def _numbers(self, key: str) -> dict[str, float] | None:
        """The cells of a column as numbers; None if one is none."""
        try:
            numbers = {sample: float(cell) for sample, cell in self.cells[key].items()}
        except ValueError:
            return None
        return numbers if np.isfinite(list(numbers.values())).all() else None

    def _column(self, key: str, samples: Sequence[str]) -> Column:
        cells = self.cells[key]
        missing = {row: f"no {key} in {self.where}" for row, sample in enumerate(samples) if sample not in cells}
        if (numbers := self._numbers(key)) is not None:
            values = np.array([numbers.get(sample, np.nan) for sample in samples], dtype=np.float64)
            return Column(key, Kind.SCALAR, values, reasons=missing)
        labels = sorted(set(cells.values()))
        codes = {label: code for code, label in enumerate(labels)}
        indices = np.array([codes[cells[sample]] if sample in cells else -1 for sample in samples], dtype=np.int64)
        return Column(key, Kind.CATEGORY, indices, labels=labels, valid=indices >= 0, reasons=missing)


def read(location: str, options: Params) -> Rows:
    """Read the file."""
    key, label = options["key"], options["label"]
    try:
        with Path(location).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            header = list(rows.fieldnames or ())
            if key not in header:
                raise errors.ParameterError(
                    "key", f"{location} has no column {key!r}{errors.did_you_mean(key, header)}"
                )
            cells: dict[str, dict[str, str]] = {column: {} for column in header if column != key}
            for row in rows:
                for column in cells:
                    if row[key] and row[column]:
                        cells[column][row[key]] = row[column]
    except OSError as error:
        raise errors.DatasetError(f"{location}: can't be read: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise errors.DatasetError(f"{location}: not a CSV file in UTF-8: {error}") from error
    return Rows(location, cells, label if label in cells else None)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare acme_csv."""
    name = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "key": {**name, "default": "image", "description": "The column with the names of the samples."},
            "label": {**name, "default": "label", "description": "The column with their labels, if there is one."},
        }
    }
    return [AnnotationFormat("acme_csv", read, schema=schema, doc=__doc__ or "")]
