"""Metadata out of the names of samples: a category for each named group of a regular expression.

The location is the expression, in the syntax of Python's ``re``; a config has it as ``lightly_path_regex``. Each group
``(?P<scene>...)`` becomes the metadata ``path.scene``. The expression is searched for in a sample's name as results
have it, ``/`` between its parts, with the label of its input in front where there are several:
``^(?P<scene>[^/]+)/`` finds the first folder. A sample in which it isn't found, or whose group is empty or takes no
part, has no value. Where a config has no expression, there is ``path.folder``: the name of the folder that the file
lies in.

Some expressions try more ways than anyone can wait for, such as ``(a+)+$``. So they are searched for in a process of
its own. One that takes longer than 2 seconds on a single name ends the run, with that name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, wait

import attrs
import numpy as np

from tamis import (
    AnnotationFormat,
    Annotations,
    Column,
    Kind,
    Metadata,
    MetadataField,
    Params,
    Report,
    Workers,
    hookimpl,
)
from tamis.errors import DatasetError, MetadataError

#: What keys begin with, and the group that every name has.
PREFIX, FOLDER = "path.", "folder"
#: Seconds that one name may take.
LIMIT = 2.0
#: Names that are sent to the process at a time, and seconds between two looks at whether the host wants to stop.
CHUNK, PATIENCE = 4096, 0.1

#: What was found of each group: None where it took no part. None in place of all if the expression wasn't found.
Found = tuple[str | None, ...] | None


@attrs.frozen
class PathMetadata(Annotations):
    """Categories out of names.

    Attributes:
        pattern: The expression; empty for the name of the folder.
        groups: What it finds.
    """

    pattern: str
    groups: tuple[str, ...]
    where = "the names of samples"

    def fields(self) -> Mapping[str, MetadataField]:
        """A category for each group."""
        return {PREFIX + group: MetadataField(PREFIX + group, Kind.CATEGORY) for group in self.groups}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The expression is searched for in each name once."""
        found = list(_searched(self.pattern, samples, report)) if self.pattern else _folders(samples, report)
        return Metadata({key: self._column(key, found) for key in keys})

    def _column(self, key: str, found: Sequence[Found]) -> Column:
        group = key.removeprefix(PREFIX)
        number = self.groups.index(group)
        texts = [of and of[number] for of in found]
        labels = sorted({text for text in texts if text})
        position = {label: code for code, label in enumerate(labels)}
        codes = np.array([position.get(text or "", -1) for text in texts], dtype=np.int64)
        empty = f"the group '{group}' of {self.pattern} is empty in its name" if self.pattern else "it is in no folder"
        reasons = {
            row: f"its name doesn't match {self.pattern}" if found[row] is None else empty
            for row in np.flatnonzero(codes < 0).tolist()
        }
        return Column(key, Kind.CATEGORY, codes, labels=labels, valid=codes >= 0, reasons=reasons)


def _folders(samples: Sequence[str], report: Report) -> list[Found]:
    """The name of the folder of each; empty if it is in none."""
    report(0, len(samples))
    return [(_text(sample.rpartition("/")[0].rpartition("/")[2]),) for sample in samples]


def _searched(pattern: str, samples: Sequence[str], report: Report) -> Iterator[Found]:
    """What is found in each name, by a process that is ended if that takes too long."""
    with Workers(1, timeout=LIMIT) as workers:

        def answer(names: Sequence[str], step: int) -> list[Found]:
            future: Future[list[Found]] = workers.submit(search, pattern, names, step)
            while not wait([future], timeout=PATIENCE).done:
                report(start, len(samples))
            return future.result()

        for start in range(0, len(samples), CHUNK):
            report(start, len(samples))
            names = samples[start : start + CHUNK]
            try:
                yield from answer(names, CHUNK)
            except BrokenExecutor:  # too long for all of them, or for one
                try:
                    yield from answer(names, 1)
                except BrokenExecutor as error:
                    raise MetadataError(_lost(pattern, names, error)) from error


def search(pattern: str, names: Sequence[str], step: int, at: Callable[[int], None]) -> list[Found]:
    """What is found of each group in each name. ``at`` is called before every so-manieth: a new time begins."""
    compiled = re.compile(pattern)
    groups = tuple(compiled.groupindex)
    found: list[Found] = []
    for position, name in enumerate(names):
        if position % step == 0:
            at(position)
        match = compiled.search(name)
        found.append(match and tuple(_text(match[group]) for group in groups))
    return found


def _text(found: str | None) -> str | None:
    """What of a name that is no text can be written as one."""
    return found and os.fsencode(found).decode("utf-8", "backslashreplace")


def _lost(pattern: str, names: Sequence[str], error: BrokenExecutor) -> str:
    """Why the process has ended."""
    position = getattr(error, "position", None)
    where = "" if position is None else f" on the name {names[position]!r}"
    if getattr(error, "timed_out", False):
        return (
            f"{pattern} takes longer than {LIMIT:g} seconds{where}: it tries too many ways; avoid repeats inside of "
            "repeats, such as (a+)+, and say what may stand between separators, such as [^/]+"
        )
    return f"the process that searches for {pattern} has ended{where} ({getattr(error, 'how', error)})"


def read(location: str, options: Params) -> PathMetadata:
    """Look at the expression. Raises `DatasetError` if it is none, or has no named group."""
    if not location:
        return PathMetadata("", (FOLDER,))
    try:
        groups = tuple(re.compile(location).groupindex)
    except (re.error, RecursionError, OverflowError) as error:
        raise DatasetError(f"{location} is not a regular expression: {error}") from error
    if not groups:
        raise DatasetError(f"{location} has no named group: write (?P<scene>...) around what is to be path.scene")
    return PathMetadata(location, groups)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare path."""
    return [AnnotationFormat("path", read, doc=__doc__ or "")]
