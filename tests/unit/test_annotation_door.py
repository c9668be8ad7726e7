"""What an annotation format returns, taken at the door: what contradicts itself is the plugin's fault, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tamis import Annotations, Column, Dataset, Kind, Metadata, MetadataField, Predictions, Registry, errors, select
from tamis.testing.suites import suite_of
from tests.unit.door_defects import Right, annotation

METADATA = {"input": {"type": "METADATA", "key": "length"}, "strategy": {"type": "WEIGHTS"}}
CLASSES = {
    "input": {"type": "PREDICTIONS", "task": "label", "name": "CLASS_DISTRIBUTION"},
    "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
}


class Reordered(Right):
    """Its predictions count cats as dogs."""

    def predictions(self, name: str, samples: Sequence[str], report: Callable[[int, int], None]) -> Predictions:
        """Of the classes the other way round."""
        found = super().predictions(name, samples, report)
        return attrs.evolve(found, schema=attrs.evolve(found.schema, category_names=("dog", "cat")))


class OtherType(Right):
    """Its predictions are boxes."""

    def predictions(self, name: str, samples: Sequence[str], report: Callable[[int, int], None]) -> Predictions:
        """Of another type of task."""
        found = super().predictions(name, samples, report)
        return attrs.evolve(found, schema=attrs.evolve(found.schema, task_type="object-detection"))


class Returning(Right):
    """Its metadata is another column than its field says."""

    column: Callable[[int], Column]

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Callable[[int, int], None]) -> Metadata:
        """The column."""
        report(0, len(samples))
        return Metadata(dict.fromkeys(keys, type(self).column(len(samples))))


class Categories(Returning):
    """Categories in place of numbers."""

    column = staticmethod(lambda rows: Column("length", Kind.CATEGORY, np.zeros(rows, int), labels=("a",)))


class Vectors(Returning):
    """Vectors in place of numbers."""

    column = staticmethod(lambda rows: Column("length", Kind.VECTOR, np.zeros((rows, 2))))


class OtherName(Returning):
    """A column that is named otherwise than its key."""

    column = staticmethod(lambda rows: Column("breadth", Kind.SCALAR, np.zeros(rows)))


class VectorField(Right):
    """A field of vectors."""

    def fields(self) -> Mapping[str, MetadataField]:
        """Neither numbers nor categories."""
        return {"length": MetadataField("length", Kind.VECTOR)}


class NoTags(Right):
    """Its tags are None."""

    def tags(self) -> Any:
        """Not even an empty list."""
        return None


DEFECTS = [
    (Reordered, CLASSES, "predictions", "predictions are of another schema than task 'label'"),
    (OtherType, CLASSES, "predictions", "predictions are of another schema than task 'label'"),
    (Categories, METADATA, "metadata", "metadata 'length' is CATEGORY, and its field is SCALAR"),
    (Vectors, METADATA, "metadata", "metadata 'length' is VECTOR, and its field is SCALAR"),
    (OtherName, METADATA, "metadata", "metadata 'length' is a column named 'breadth'"),
    (VectorField, METADATA, "fields", "the field 'length' is VECTOR, not SCALAR or CATEGORY"),
]


@pytest.mark.parametrize(("broken", "entry", "check", "reason"), DEFECTS)
def test_what_contradicts_itself_names_the_plugin(
    broken: type[Annotations], entry: dict[str, Any], check: str, reason: str, tmp_path: Path
) -> None:
    """In a run, the key of the format and what is wrong; and the kit's check says no, too."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(annotation(broken))
    images = [np.zeros((2, 2, 3), np.uint8)] * 2
    dataset = Dataset.from_images(["a.png", "bb.png"], images).annotate("acme", tmp_path, registry=registry)
    with pytest.raises((errors.BrokenPluginError, errors.ConfigError)) as caught:
        select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=registry)

    assert "acme" in str(caught.value)
    assert reason in str(caught.value)
    assert failing(broken) >= {check}


def test_tags_are_a_collection() -> None:
    """The kit asks for tags whatever else there is."""
    assert failing(NoTags) >= {"holds_something"}


def test_a_format_that_agrees_with_itself_passes() -> None:
    """In all checks."""
    assert failing(Right) == set()


def failing(annotations: type[Annotations]) -> set[str]:
    """The checks of the kit that say no."""
    results = {check.name: check() for check in suite_of(annotation(annotations)).checks() if check.name != "pickles"}
    return {name for name, result in results.items() if result.status == "failed"}
