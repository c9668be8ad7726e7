"""Several datasets as one, in which each sample's name begins with the label of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.field import Metadata, MetadataField
from tamis.data.kind import Kind
from tamis.data.merging import merged
from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.dataset.combining import all_read
from tamis.dataset.images import portion, reading
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import Report
from tamis.declarations.source import Images
from tamis.errors import MetadataError, PredictionError

if TYPE_CHECKING:
    from PIL import Image

Rows = npt.NDArray[np.int64]


def split(name: str) -> tuple[str, str]:
    """The label of a sample's name, and the rest of it."""
    label, _, rest = name.partition("/")
    return label, rest


def _by_label(names: Sequence[str]) -> dict[str, list[str]]:
    """What is left of names, by the label that each begins with."""
    found: dict[str, list[str]] = {}
    for label, rest in map(split, names):
        found.setdefault(label, []).append(rest)
    return found


@attrs.frozen
class JoinedImages(Images):
    """The images of several datasets, by label."""

    parts: Mapping[str, Images]

    @property
    def shareable(self) -> bool:  # type: ignore[override]
        """If all are."""
        return all(images.shareable for images in self.parts.values())

    def open(self, name: str) -> AbstractContextManager[IO[bytes] | Image.Image]:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].open(rest)

    @property
    def identity(self) -> str | None:
        """That of a sample's part is in its fingerprint: what is stored of one part doesn't depend on the others."""
        return "joined"

    def fingerprint(self, name: str) -> str | None:
        """From the part that has it, and which part that is."""
        label, rest = split(name)
        identity, known = self.parts[label].identity, self.parts[label].fingerprint(rest)
        return None if identity is None or known is None else f"{identity} {known}"

    def size(self, name: str) -> int | None:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].size(rest)

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[Images]:
        """Each part is told of its own."""
        with ExitStack() as stack:
            ahead = {
                label: stack.enter_context(reading(self.parts[label], own)) for label, own in _by_label(names).items()
            }
            yield JoinedImages({**self.parts, **ahead})

    def portion(self, names: Sequence[str]) -> Images:
        """Of each part what is to travel of it; only of those that have some of these samples, if any has something."""
        found: dict[str, Images] = {}
        for label, own in _by_label(names).items():
            if (carried := portion(self.parts[label], own)) is not None:
                found[label] = carried
        return JoinedImages({**self.parts, **found}) if found else self

    def path(self, name: str) -> Path | None:
        """From the part that has it."""
        label, rest = split(name)
        return self.parts[label].path(rest)


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
        columns = {key: _column(key, fields[key].kind, len(samples), parts) for key in keys}
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


def _dtype(kind: Kind, columns: Sequence[Column]) -> np.dtype[Any]:
    """What holds the values of all: integers stay such where one type has room for them."""
    if kind is Kind.CATEGORY or not columns:
        return np.dtype(np.int64)
    dtype = np.result_type(*(column.values.dtype for column in columns))
    if dtype.kind == "f" and all(column.values.dtype.kind in "iu" for column in columns):  # int64 beside uint64
        largest = max(int(column.values[column.valid].max(initial=0)) for column in columns)
        return np.dtype(np.int64) if largest < 2**63 else dtype
    return dtype


def _column(key: str, kind: Kind, samples: int, parts: Sequence[tuple[str, Rows, Metadata]]) -> Column:
    """A field of all samples, from those that have it."""
    found = [(rows, metadata.columns[key]) for _, rows, metadata in parts if key in metadata.columns]
    reasons = {
        int(row): f"input '{label}' has no metadata '{key}'"
        for label, rows, metadata in parts
        if key not in metadata.columns
        for row in rows
    }
    for rows, column in found:
        reasons |= {int(rows[row]): reason for row, reason in column.reasons.items()}
    labels = tuple(sorted({label for _, column in found for label in column.labels}))
    position = {label: number for number, label in enumerate(labels)}
    dtype = _dtype(kind, [column for _, column in found])
    values, valid = np.zeros(samples, dtype=dtype), np.zeros(samples, dtype=bool)
    for rows, column in found:
        numbers = np.where(column.valid, column.values, 0)
        if kind is Kind.CATEGORY:
            codes = np.array([position[label] for label in column.labels] or [0], dtype=np.int64)
            numbers = codes[numbers]
        values[rows], valid[rows] = numbers, column.valid
    return Column(key, kind, values, labels=labels, valid=valid, reasons=reasons)
