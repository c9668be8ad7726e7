"""Several annotations of one dataset as one, and annotations under other names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs

from tamis.data.field import Metadata, MetadataField
from tamis.data.merging import renamed
from tamis.data.predictions import Predictions
from tamis.data.task_schema import TaskSchema
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import Report
from tamis.errors import DatasetError, MetadataError, PredictionError, TamisError, did_you_mean

NAMING = "give one a name (--annotations NAME=FORMAT:LOCATION, or annotate(..., name=))"


def combined(parts: Sequence[Annotations]) -> Annotations:
    """All of these annotations as one."""
    flat: list[Annotations] = []
    for part in parts:
        for each in part.parts if isinstance(part, Combined) else (part,):
            if type(each) is not Annotations and not any(_same(each, known) for known in flat):
                flat.append(each)
    if not flat:
        return Annotations()
    return flat[0] if len(flat) == 1 else Combined(tuple(flat))


def _same(one: Annotations, other: Annotations) -> bool:
    """Whether they say so themselves, as what was read of one place does."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 (a plugin's class, which may compare its arrays)
        return False


def all_read(parts: Iterable[Callable[[], Metadata]]) -> list[Metadata]:
    """What each of these reads. Raises `MetadataError` with what is wrong in any of them."""
    found: list[Metadata] = []
    problems: list[str] = []
    for read in parts:
        try:
            found.append(read())
        except MetadataError as error:
            problems += error.problems
    if problems:
        raise MetadataError(*problems)
    return found


@attrs.frozen(eq=False)
class Combined(Annotations):
    """Annotations side by side. What two of them have under one name is an error when that name is used."""

    parts: tuple[Annotations, ...]

    @property
    def where(self) -> str:  # type: ignore[override]
        """All places."""
        return ", ".join(part.where for part in self.parts if part.where)

    def tasks(self) -> Collection[str]:
        """Those of all parts, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.tasks()))

    def task(self, name: str) -> TaskSchema:
        """That of the part that has it."""
        return self._owner(name, "task", PredictionError, lambda part: part.tasks()).task(name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Those of the part that has them."""
        owner = self._owner(name, "task", PredictionError, lambda part: part.tasks())
        return owner.predictions(name, samples, report)

    def fields(self) -> Mapping[str, MetadataField]:
        """Those of all parts."""
        return {key: field for part in reversed(self.parts) for key, field in part.fields().items()}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Each key from the part that has it; each part is asked once."""
        wanted: dict[int, tuple[Annotations, list[str]]] = {}
        for key in keys:
            owner = self._owner(key, "metadata", MetadataError, lambda part: part.fields())
            wanted.setdefault(id(owner), (owner, []))[1].append(key)
        found = all_read(partial(part.metadata, of_part, samples, report) for part, of_part in wanted.values())
        columns = {key: column for each in found for key, column in each.columns.items()}
        return Metadata({key: columns[key] for key in keys}, tuple(note for each in found for note in each.notes))

    def tags(self) -> Collection[str]:
        """Those of all parts, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.tags()))

    def tag(self, name: str) -> Sequence[str]:
        """That of the part that has it."""
        return self._owner(name, "tag", DatasetError, lambda part: part.tags()).tag(name)

    def tag_file(self, name: str) -> Path:
        """In the first part that keeps tags."""
        problem: DatasetError | None = None
        for part in self.parts:
            try:
                return part.tag_file(name)
            except DatasetError as error:
                problem = problem or error
        raise problem or DatasetError(f"the tag {name!r} can't be kept: the dataset has no place for tags")

    def vectors(self, name: str) -> Path | None:
        """From the first part that has such a file."""
        return next((path for part in self.parts if (path := part.vectors(name))), None)

    def _owner(
        self, name: str, what: str, error: type[TamisError], names: Callable[[Annotations], Collection[str]]
    ) -> Annotations:
        owners = [part for part in self.parts if name in names(part)]
        if len(owners) > 1:
            places = " and ".join(part.where or "annotations in memory" for part in owners)
            raise error(f"{what} '{name}' is in {places}: {NAMING}")
        if not owners:
            known = {each for part in self.parts for each in names(part)}
            where = f" in {self.where}" if self.where else ""
            raise error(f"no {what} '{name}'{where}{did_you_mean(name, known)}")
        return owners[0]


@attrs.frozen(eq=False)
class Named(Annotations):
    """Annotations under a name: a single task is called so, each of several ``name.task``; keys are ``name.key``."""

    inner: Annotations
    name: str

    @property
    def where(self) -> str:  # type: ignore[override]
        """As it was."""
        return self.inner.where

    def _tasks(self) -> dict[str, str]:
        """The names of tasks as they were, by what they are called."""
        names = tuple(self.inner.tasks())
        return {self.name: names[0]} if len(names) == 1 else {f"{self.name}.{name}": name for name in names}

    def _task(self, name: str) -> str:
        """What a task was called. Raises `PredictionError` if there is none that is called so now."""
        if (inner := self._tasks().get(name)) is None:
            where = f" in {self.where}" if self.where else ""
            raise PredictionError(f"no task '{name}'{where}{did_you_mean(name, self._tasks())}")
        return inner

    def _key(self, key: str) -> str:
        """What a key was. Raises `MetadataError` if there is none that is called so now."""
        inner = key.removeprefix(f"{self.name}.")
        if inner == key or inner not in self.inner.fields():
            raise MetadataError(f"no metadata '{key}'{did_you_mean(key, self.fields())}")
        return inner

    def tasks(self) -> Collection[str]:
        """Under their new names."""
        return tuple(self._tasks())

    def task(self, name: str) -> TaskSchema:
        """Under its new name."""
        return attrs.evolve(self.inner.task(self._task(name)), name=name)

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """Under their new name."""
        return renamed(self.inner.predictions(self._task(name), samples, report), name)

    def fields(self) -> Mapping[str, MetadataField]:
        """Under their new keys."""
        return {
            f"{self.name}.{key}": attrs.evolve(field, key=f"{self.name}.{key}")
            for key, field in self.inner.fields().items()
        }

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Under their new keys."""
        found = self.inner.metadata([self._key(key) for key in keys], samples, report)
        columns = {
            f"{self.name}.{key}": attrs.evolve(column, name=f"{self.name}.{key}")
            for key, column in found.columns.items()
        }
        return Metadata(columns, found.notes)

    def tags(self) -> Collection[str]:
        """As they were."""
        return self.inner.tags()

    def tag(self, name: str) -> Sequence[str]:
        """As it was."""
        return self.inner.tag(name)

    def tag_file(self, name: str) -> Path:
        """As it was."""
        return self.inner.tag_file(name)

    def vectors(self, name: str) -> Path | None:
        """As it was."""
        return self.inner.vectors(name)
