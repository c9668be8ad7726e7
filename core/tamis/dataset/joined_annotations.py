"""What is known of the samples of several datasets, in which each name begins with the label of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

import attrs
import numpy as np

from tamis.data.field import Metadata, MetadataField
from tamis.data.merging import merged
from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.dataset.combining import all_read
from tamis.dataset.joined_column import Rows, joined
from tamis.dataset.labels import split
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import Report
from tamis.errors import MetadataError, PredictionError


@attrs.frozen(eq=False)
class JoinedAnnotations(Annotations):
    """What is known of the samples of several datasets, by label.

    A task or a metadata key may be in any of them; samples of the others have none. It must be the same in all that
    have it: of one type, with the same categories, of one kind.
    """

    parts: Mapping[str, Annotations]

    @property
    def where(self) -> str:  # type: ignore[override]
        """All places."""
        return ", ".join(part.where for part in self.parts.values() if part.where)

    def tasks(self) -> Collection[str]:
        """Those of all parts, each once."""
        return tuple(dict.fromkeys(name for part in self.parts.values() for name in part.tasks()))

    def task(self, name: str) -> TaskSchema:
        """The same in all that have it."""
        found = {label: part.task(name) for label, part in self.parts.items() if name in part.tasks()}
        if not found:
            return super().task(name)
        first, schema = next(iter(found.items()))
        for label, other in found.items():
            if other != schema:
                raise PredictionError(
                    f"task '{name}' of the inputs '{first}' and '{label}' has another type or other categories: "
                    "rename it in one of them"
                )
        return schema

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Read part by part."""
        schema, parts, done = self.task(name), [], 0
        for label, rows, names in self._grouped(samples):
            if name in self.parts[label].tasks():
                found = self.parts[label].predictions(name, names, _further(report, done, len(samples)))
                orphans = tuple(f"{label}: {orphan}" for orphan in found.orphans)
                parts.append((rows, attrs.evolve(found, orphans=orphans)))
            done += len(rows)
        return merged(schema, len(samples), parts)

    def fields(self) -> Mapping[str, MetadataField]:
        """Those of all parts. Raises `MetadataError` where two have one key for different kinds."""
        fields: dict[str, MetadataField] = {}
        owners: dict[str, str] = {}
        for label, part in self.parts.items():
            for key, field in part.fields().items():
                if (known := fields.setdefault(key, field)).kind is not field.kind:
                    raise MetadataError(
                        f"metadata '{key}' of the input '{owners[key]}' is {known.kind.meaning}, and of '{label}' "
                        f"{field.kind.meaning}: rename it in one of them"
                    )
                owners.setdefault(key, label)
                if field.refusal:
                    fields[key] = field
        return fields

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Read part by part."""
        fields, groups, done = self.fields(), list(self._grouped(samples)), 0
        reading: list[Callable[[], Metadata]] = []
        for label, rows, names in groups:
            known = self.parts[label].fields()
            wanted = [key for key in keys if key in known]
            told = _further(report, done, len(samples))
            reading.append(partial(self.parts[label].metadata, wanted, names, told) if wanted else _nothing)
            done += len(rows)
        read = all_read(reading)
        parts = [(label, rows, metadata) for (label, rows, _), metadata in zip(groups, read, strict=True)]
        columns = {key: joined(key, fields[key].kind, len(samples), parts) for key in keys}
        return Metadata(columns, tuple(f"{label}: {note}" for label, _, found in parts for note in found.notes))

    def tags(self) -> Collection[str]:
        """Those of all parts, each once."""
        return tuple(dict.fromkeys(name for part in self.parts.values() for name in part.tags()))

    def tag(self, name: str) -> Sequence[str]:
        """The samples that any part has in it."""
        owners = {label: part for label, part in self.parts.items() if name in part.tags()}
        if not owners:
            return super().tag(name)
        return [f"{label}/{sample}" for label, part in owners.items() for sample in part.tag(name)]

    def _grouped(self, samples: Sequence[str]) -> Iterator[tuple[str, Rows, list[str]]]:
        """For each label, the rows of its samples and their names without it; of samples that it doesn't know, none."""
        rows: dict[str, list[int]] = {label: [] for label in self.parts}
        names: dict[str, list[str]] = {label: [] for label in self.parts}
        for row, sample in enumerate(samples):
            label, rest = split(sample)
            if label in rows:
                rows[label].append(row)
                names[label].append(rest)
        for label, found in rows.items():
            if found:
                yield label, np.array(found, dtype=np.int64), names[label]


def _nothing() -> Metadata:
    return Metadata({})


def _further(report: Report, before: int, total: int) -> Report:
    """What tells of a part as of so many more of all."""
    return lambda done, of: report(before + done, total)
