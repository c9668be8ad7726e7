"""What the code of a source or of an annotation format gives: checked, and named in whatever it raises."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import attrs

from tamis.config.choices import attributing
from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.field import Metadata, MetadataField
from tamis.data.kind import Kind
from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import Report
from tamis.declarations.source import Images, Listing
from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError

T = TypeVar("T")


def check_listing(listing: Any) -> None:
    """Raise `TypeError` or `ValueError` if what a source has found is not as it must be."""
    if not isinstance(listing, Listing):
        raise TypeError(f"open returned {type(listing).__name__}, not a Listing")
    _are("names", listing.names, str)
    _are("failures", listing.failures, Failure)
    _are("annotations", listing.annotations, Annotations)
    _are("parts", listing.parts, int)
    _are("units", listing.units, int)
    if listing.images is not None and not isinstance(listing.images, Images):
        raise TypeError(f"images are {type(listing.images).__name__}, not Images")
    if not isinstance(listing.imageless, str):
        raise TypeError(f"imageless is {type(listing.imageless).__name__}, not str")
    for name, convert in listing.conversions.items():
        if not f"to_{name}".isidentifier() or not callable(convert):
            raise TypeError(
                f"conversions have {name!r}: {convert!r:.80}, not the end of a method's name and a function"
            )
    for what, found in (("parts", listing.parts), ("units", listing.units)):
        if list(found) != sorted(set(found)) or not all(0 <= each < len(listing.names) for each in found):
            raise ValueError(f"{what} are {found!r:.80}, not ascending positions of names")


@attrs.frozen
class Attributed(Annotations):
    """Annotations of a plugin, as tamis takes them.

    Attributes:
        inner: What the plugin gave.
        kind: Of the plugin.
        key: Of the plugin.
        registry: The plugins.
        path: What errors call the choice of the plugin.
    """

    inner: Annotations
    kind: PluginKind = attrs.field(eq=False)
    key: str = attrs.field(eq=False)
    registry: Registry = attrs.field(eq=False, repr=False)
    path: str = attrs.field(eq=False, repr=False)

    @property
    def where(self) -> str:  # type: ignore[override]
        """As the plugin has it."""
        with self._attributing():
            return _one("where", self.inner.where, str)

    def tasks(self) -> Collection[str]:
        """As the plugin has them."""
        with self._attributing():
            return _are("tasks", self.inner.tasks(), str)

    def task(self, name: str) -> TaskSchema:
        """As the plugin has it."""
        with self._attributing():
            schema = _one("task", self.inner.task(name), TaskSchema)
            if schema.name != name:
                raise ValueError(f"task returned the schema of '{schema.name}' for '{name}'")
            return schema

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """As the plugin has them."""
        with self._reporting(report) as told:
            found = _one("predictions", self.inner.predictions(name, samples, told), Predictions)
            if len(found) != len(samples):
                raise ValueError(f"predictions returned {len(found)} rows for {len(samples)} samples")
            if found.schema != (schema := self.task(name)):
                raise ValueError(
                    f"predictions are of another schema than task '{name}': {_shown(found.schema)}, not "
                    f"{_shown(schema)}"
                )
            return found

    def fields(self) -> Mapping[str, MetadataField]:
        """As the plugin has them."""
        with self._attributing():
            found: Any = self.inner.fields()
            if not isinstance(found, Mapping):
                raise TypeError(f"fields are {type(found).__name__}, not a mapping")
            _are("fields", found.values(), MetadataField)
            if wrong := [key for key, field in found.items() if field.key != key]:
                raise ValueError(f"fields returned the field '{found[wrong[0]].key}' as {wrong[0]!r:.80}")
            for field in found.values():
                if field.kind not in (Kind.SCALAR, Kind.CATEGORY):
                    raise ValueError(f"the field '{field.key}' is {_kind(field)}, not SCALAR or CATEGORY")
            return found

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """As the plugin has it."""
        with self._reporting(report) as told:
            found = _one("metadata", self.inner.metadata(keys, samples, told), Metadata)
            fields = self.fields()
            for key in keys:
                if key not in found.columns:
                    raise ValueError(f"metadata returned no column '{key}'")
                column = _one(f"metadata '{key}'", found.columns[key], Column)
                if len(column) != len(samples):
                    raise ValueError(f"metadata returned {len(column)} rows of '{key}' for {len(samples)} samples")
                if column.name != key:
                    raise ValueError(f"metadata '{key}' is a column named '{column.name}'")
                if key in fields and column.kind is not fields[key].kind:
                    raise ValueError(f"metadata '{key}' is {column.kind.name}, and its field is {_kind(fields[key])}")
            _are("notes of metadata", found.notes, str)
            return found

    def tags(self) -> Collection[str]:
        """As the plugin has them."""
        with self._attributing():
            return _are("tags", self.inner.tags(), str)

    def tag(self, name: str) -> Sequence[str]:
        """As the plugin has it."""
        with self._attributing():
            return _are(f"tag '{name}'", self.inner.tag(name), str)

    def tag_file(self, name: str) -> Path:
        """As the plugin has it."""
        with self._attributing():
            return _one("tag_file", self.inner.tag_file(name), Path)

    def vectors(self, name: str) -> Path | None:
        """As the plugin has it."""
        with self._attributing():
            found = self.inner.vectors(name)
            return None if found is None else _one("vectors", found, Path)

    def _attributing(self) -> AbstractContextManager[None]:
        return attributing(self.kind, self.key, self.registry, self.path)

    @contextmanager
    def _reporting(self, report: Report) -> Iterator[Report]:
        """What the caller's own ``report`` raises is no fault of the plugin's."""
        raised: list[BaseException] = []

        def told(done: int, total: int) -> None:
            try:
                report(done, total)
            except BaseException as error:
                raised.append(error)
                raise

        try:
            with self._attributing():
                yield told
        except BrokenPluginError as error:
            if raised and error.__cause__ is raised[-1]:
                raise raised[-1] from None
            raise


def _kind(field: MetadataField) -> str:
    kind: Any = field.kind
    return kind.name if isinstance(kind, Kind) else f"{kind!r:.40}"


def _shown(schema: TaskSchema) -> str:
    """Its type and categories, for messages."""
    categories = zip(schema.category_ids, schema.category_names, strict=True)
    return f"{schema.task_type} of " + ", ".join(f"{id_} {name}" for id_, name in islice(categories, 10))


def _one(what: str, value: Any, type_: type[T]) -> T:
    """The value, if it is of this type. Raises `TypeError`."""
    if not isinstance(value, type_):
        raise TypeError(f"{what} is {type(value).__name__}, not {type_.__name__}")
    return value


def _are(what: str, values: Any, type_: type[T]) -> tuple[T, ...]:
    """The values, if each is of this type. Raises `TypeError`."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what} are one {type(values).__name__}, not several {type_.__name__}")
    found = tuple(values)
    if not set(map(type, found)) <= {type_}:  # the quick way for a million names
        for value in found:
            if not isinstance(value, type_) or isinstance(value, bool):
                raise TypeError(f"{what} hold {value!r:.80}, not a {type_.__name__}")
    return found
