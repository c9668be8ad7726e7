"""A JSON file with a label for each image, as a classification task named ``label``: ``{"a.jpg": "cat", ...}``."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from tamis import (
    AnnotationFormat,
    Annotations,
    Params,
    Predictions,
    PredictionsBuilder,
    Report,
    TaskSchema,
    errors,
    hookimpl,
)

TASK = "label"


class Labels(Annotations):
    """What the file says. Other methods of `tamis.Annotations` are for metadata and tags."""

    def __init__(self, where: str, labels: dict[str, str]) -> None:
        self.where, self.labels = where, labels
        names = sorted(set(labels.values()))
        self.schema = TaskSchema(TASK, "classification", range(len(names)), names)

    def tasks(self) -> Collection[str]:
        """The one."""
        return (TASK,)

    def task(self, name: str) -> TaskSchema:
        """What it can be."""
        return self.schema if name == TASK else super().task(name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """An object for each sample that has a label, with score 1; ``category_id`` is a position in the schema."""
        report(0, len(samples))
        builder = PredictionsBuilder(self.task(name), len(samples))
        position = {label: number for number, label in enumerate(self.schema.category_names)}
        builder.add(
            {
                row: [{"category_id": position[self.labels[sample]], "score": 1.0}]
                for row, sample in enumerate(samples)
                if sample in self.labels
            }
        )
        known = set(samples)
        return builder.build(tuple(sorted(set(self.labels) - known)), self.where)


def read(location: str, options: Params) -> Labels:
    """Open the file."""
    try:
        labels = json.loads(Path(location).read_text(encoding="utf-8"))
        if not labels or not all(isinstance(label, str) and label for label in labels.values()):
            raise ValueError("not an object with a label for each image")
    except OSError as error:
        raise errors.DatasetError(f"{location}: can't be read: {error.strerror or error}") from error
    except (ValueError, AttributeError) as error:
        raise errors.DatasetError(f"{location}: {error}") from error
    return Labels(location, labels)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare the format."""
    return [AnnotationFormat("template_key", read, doc=__doc__ or "")]
