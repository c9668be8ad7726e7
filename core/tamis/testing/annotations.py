"""Checks of annotation formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from tamis import (
    AnnotationFormat,
    Annotations,
    Column,
    Dataset,
    Metadata,
    MetadataField,
    Params,
    Predictions,
    TaskSchema,
    errors,
)
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.comparing import same
from tamis.testing.located import LocatedSuite, refuses
from tamis.testing.reports import stops


def _report(done: int, total: int) -> None:
    pass


class AnnotationSuite(LocatedSuite):
    """Checks of an annotation format. By default on the kit's folder, if it reads that."""

    kind = "annotation"
    function = "read"
    arguments = ("type", "format", "location", "name", "registry")

    @cached_property
    def location(self) -> str:
        """What was given, or the kit's folder."""
        if not self._location:
            with suppress(errors.TamisError):
                found = self.declaration.read(str(self.folder), self.options)
                if found.tasks() or found.fields():
                    return str(self.folder)
        return super().location

    @cached_property
    def annotations(self) -> Annotations:
        """What it reads there."""
        try:
            found = self.declaration.read(self.location, self.options)
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error
        require(isinstance(found, Annotations), f"read returns {type(found).__name__}, not Annotations")
        return found  # type: ignore[no-any-return]  # it was looked at

    @property
    def samples(self) -> tuple[str, ...]:
        """The kit's, and one that nobody knows."""
        return (*self.dataset.samples, "no/such/sample.png")

    def _predictions(self, task: str, samples: Sequence[str]) -> Predictions:
        found = self.annotations.predictions(task, samples, _report)
        require(isinstance(found, Predictions), f"{task}: predictions are {type(found).__name__}, not Predictions")
        require(len(found) == len(samples), f"{task}: {len(found)} rows for {len(samples)} samples")
        return found

    def check_holds_something(self) -> None:
        """It has a task, a metadata field or a tag, and says where it was read from."""
        found: Any = self.annotations
        tasks, fields, tags = found.tasks(), found.fields(), found.tags()
        for what, names in (("tasks", tasks), ("fields", fields), ("tags", tags)):
            require(isinstance(names, Collection) and not isinstance(names, str), f"{what} are {names!r:.80}")
        require(tasks or fields or tags, "it has no task, no metadata field and no tag")
        require(isinstance(found.where, str) and found.where, f"where is {found.where!r}, not a text for messages")

    def check_tasks(self) -> None:
        """Each task has a schema under its name, before any prediction is read."""
        for name in self.annotations.tasks():
            schema = self.annotations.task(name)
            require(isinstance(schema, TaskSchema), f"{name}: its schema is {type(schema).__name__}, not a TaskSchema")
            require(schema.name == name, f"the schema of task '{name}' is named '{schema.name}'")

    def check_predictions(self) -> None:
        """Predictions have a row for each sample asked for, in their order; samples that nobody knows have none."""
        for name in self.annotations.tasks():
            forward = self._predictions(name, self.samples)
            backward = self._predictions(name, self.samples[::-1])
            require(forward.schema == self.annotations.task(name), f"{name}: predictions of another schema")
            require(not forward.present[-1], f"{name}: a sample that nobody knows has a prediction")
            require(
                np.array_equal(forward.present, backward.present[::-1])
                and np.array_equal(forward.counts, backward.counts[::-1]),
                f"{name}: other predictions when samples are asked for in another order",
            )

    def check_fields(self) -> None:
        """Each metadata field is of numbers or categories, under its key."""
        fields: Mapping[str, Any] = self.annotations.fields()
        for key, field in fields.items():
            require(isinstance(field, MetadataField) and field.key == key, f"the field of '{key}' is {field!r:.80}")
            require(field.kind.name in ("SCALAR", "CATEGORY"), f"'{key}' is {field.kind.name}, not SCALAR or CATEGORY")

    def check_metadata(self) -> None:
        """The values of a field are a column of its kind, with a row for each sample in their order."""
        fields = self.annotations.fields()
        for samples in (self.samples, self.samples[::-1]):
            found: Any = self.annotations.metadata(tuple(fields), samples, _report)
            require(isinstance(found, Metadata), f"metadata is {type(found).__name__}, not Metadata")
            require(set(found.columns) == set(fields), f"asked for {sorted(fields)}, it has {sorted(found.columns)}")
            for key, column in found.columns.items():
                require(isinstance(column, Column) and column.kind is fields[key].kind, f"'{key}' is {column!r:.80}")
                require(column.name == key, f"the column of '{key}' is named '{column.name}'")
                require(len(column) == len(samples), f"'{key}' has {len(column)} rows for {len(samples)} samples")
        forward = self.annotations.metadata(tuple(fields), self.samples, _report).columns
        backward = self.annotations.metadata(tuple(fields), self.samples[::-1], _report).columns
        for key in fields:
            require(forward[key].cells() == backward[key].cells()[::-1], f"'{key}' has other values in another order")

    def check_stops(self) -> None:
        """What ``report`` raises ends the reading of predictions and metadata, where it is called."""
        found, samples = self.annotations, self.samples
        for name in found.tasks():
            stopped = stops(partial(found.predictions, name, samples))
            require(stopped, f"reading the predictions of '{name}' goes on when report raises")
        if fields := tuple(found.fields()):
            stopped = stops(partial(found.metadata, fields, samples))
            require(stopped, "reading metadata goes on when report raises")

    def check_unknown(self) -> None:
        """A task that it hasn't is a `PredictionError`."""
        annotations = self.annotations
        refuses(lambda: annotations.task("no such task"), "a task that it hasn't")

    def check_nothing_there(self) -> None:
        """A location at which there is nothing is a `DatasetError`."""
        refuses(lambda: self.declaration.read(self.nowhere, self.options), "a location at which there is nothing")

    def check_writes(self) -> None:
        """What it writes it reads back: the same predictions."""
        if self.declaration.write is None:
            raise Skip("it writes nothing")
        for name in self.annotations.tasks():
            before = self._predictions(name, self.dataset.samples)
            folder = Path(self.nowhere).with_name(f"written-{name}")
            self.declaration.write(str(folder), self.dataset.samples, before)
            after = self.declaration.read(str(folder), self.options).predictions(name, self.dataset.samples, _report)
            for part in ("present", "counts", "categories", "scores", "boxes", "runs", "keypoints"):
                require(same(getattr(before, part), getattr(after, part)), f"{name}: other {part} when read back")
            if self.declaration.check is not None:
                check = self.declaration.check
                refuses(lambda check=check, folder=folder, name=name: check(str(folder), name), "a task that is there")

    def check_selects(self) -> None:
        """A dataset can be annotated with it, under a name, too."""
        registry = self.registry_with(self.declaration)
        spoken = dict(self._given[0]) if self._given else {}
        for name in (None, "testing"):
            dataset: Dataset = self.dataset.unannotated().annotate(
                self.key, self.location, name, registry=registry, **spoken
            )
            require(len(dataset.annotations.tasks()) == len(self.annotations.tasks()), "a dataset has other tasks")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        location, options = self.location, self.options
        self.quietly(lambda: self.declaration.read(location, options))


def check_annotation_format(
    annotation_format: AnnotationFormat,
    *,
    location: str = "",
    options: Params | None = None,
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check an annotation format on annotations of yours. Arguments as for `check_source`.

    What they say of the kit's samples (`SAMPLES`) is looked at closest.
    """
    given = None if options is None else dict(options)
    suite = AnnotationSuite(
        annotation_format, location=location, options=given, plugins=plugins, expected_failures=expected_failures
    )
    return run_checks(suite.checks())
