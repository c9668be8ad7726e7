"""Labelbox's export: JSON lines, a data row on each, with boxes, polygons, and answers to questions on the whole image.

The location is the file (``.ndjson``, or a list of the same objects in ``.json``), a path or a URL as the source
``url`` takes them. The tasks are ``detection`` (boxes, and the box around polygons) and ``segmentation`` (polygons):
those that the file has something for, or the one that ``task`` names. Each object counts as predicted with score 1. The
classes are those that occur, in alphabetical order, or those of ``names``, such as ``names=["cat","dog"]``. Masks are
at URLs of Labelbox that need a key, so that they, and lines and points, are left out, which a note says. What was
chosen of a radio question is metadata, a category by the name of the question.

A row is called by its ``global_key``, else by its ``external_id``, else by the end of its URL; ``key`` says which one
(``id`` may be one, too). It is the sample of that name, else the one whose path ends with it, or that is the end of it,
if that is clear. A row without labels has not been labelled yet, and has no prediction. Of several labels of a row,
such as those of several annotators, the first counts, which a note says; of several projects, ``project`` names one.

tamis reads the file itself: labelformat takes boxes only and drops polygons with a warning, refuses names with ``/``,
needs all classes to be listed, and one row that isn't labelled costs it the whole file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from tamis import AnnotationFormat, Kind, Metadata, MetadataField, Params, Report, column_of, hookimpl
from tamis.errors import MetadataError, PredictionError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, file_there
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.label_files.detections import NAMES
from tamis_plugins.label_lists.shapes import Shape, ShapeLabels, Shapes, around

#: What a row may be called by.
KEYS = ("global_key", "external_id", "row_data", "id")
_TASKS = ("detection", "segmentation")


class Labelbox(ShapeLabels):
    """An export."""

    def __init__(self, file: File, options: Params) -> None:
        super().__init__(file.where, options.get("task"))
        self._file, self._project, self._key = file, options.get("project"), options.get("key")
        self._said: Sequence[str] | None = options.get("names")

    def read(self) -> Shapes:
        """All rows of it."""
        left_out: Counter[str] = Counter()
        shapes: list[list[Shape] | str | None] = []
        several = 0
        for row in self._rows:
            several += len(row.labels) > 1
            try:
                shapes.append(list(_shapes(row.labels[0], left_out)) if row.labels else None)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                what = f"no {error}" if isinstance(error, KeyError) else str(error)
                shapes.append(f"its label is not as Labelbox writes it: {what}")
        occurring = {shape.category for found in shapes if isinstance(found, list) for shape in found}
        notes = [f"{several} images have several labels, of which the first counts"] if several else []
        return Shapes([row.name for row in self._rows], shapes, self._said or tuple(sorted(occurring)), left_out, notes)

    @cached_property
    def _rows(self) -> list[_Row]:
        rows = [_Row.of(row, where, self._key, self._project) for where, row in _parsed(self._file)]
        if not rows:
            raise PredictionError(f"{self.where}: no data row")
        if self._project is None and len(projects := {name for row in rows for name in row.projects}) > 1:
            raise PredictionError(f"{self.where}: of several projects: say which, project={min(projects)!r}")
        return rows

    @cached_property
    def _answers(self) -> Mapping[str, list[str | None]]:
        """What was chosen for each row, by question."""
        found: dict[str, list[str | None]] = {}
        try:
            for number, row in enumerate(self._rows):
                for question, answer in _chosen(row.labels[0]) if row.labels else ():
                    found.setdefault(question, [None] * len(self._rows))[number] = answer
        except PredictionError as error:
            raise MetadataError(str(error)) from error
        return found

    def fields(self) -> Mapping[str, MetadataField]:
        """Radio questions."""
        return {question: MetadataField(question, Kind.CATEGORY) for question in self._answers}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The answers for these samples."""
        report(0, len(samples))
        rows = self._index.match(samples).rows.tolist()
        columns = {}
        for key in keys:
            answers = self._answers[key]
            columns[key] = column_of(key, [answers[row] if row >= 0 else None for row in rows])[0]
        return Metadata(columns)


class _Row:
    """A data row: what it is called, and its labels in a project."""

    def __init__(self, name: str, projects: Collection[str], labels: Sequence[Any]) -> None:
        self.name, self.projects, self.labels = name, projects, labels

    @classmethod
    def of(cls, row: Any, where: str, key: str | None, project: str | None) -> _Row:
        """Raises `PredictionError` if it is none."""
        about = row.get("data_row") if isinstance(row, dict) else None
        if not isinstance(about, dict):
            raise PredictionError(f"{where}: not an object with data_row, as Labelbox exports them")
        name = next((about[each] for each in ((key,) if key else KEYS) if about.get(each)), None)
        if not isinstance(name, str):
            raise PredictionError(f"{where}: its data_row has no {key or KEYS[0]}")
        if name == about.get("row_data"):
            name = PurePosixPath(name.partition("?")[0]).name
        projects = row.get("projects") or {}
        if not isinstance(projects, dict) or not all(isinstance(each, dict) for each in projects.values()):
            raise PredictionError(f"{where}: its projects are not an object of objects")
        named = {id_: str(each.get("name", id_)) for id_, each in projects.items()}
        chosen = [each for id_, each in projects.items() if project is None or project in (id_, named[id_])]
        labels = [label for each in chosen for label in each.get("labels") or ()]
        return cls(name, tuple(named.values()), labels)


def _parsed(file: File) -> Iterator[tuple[str, Any]]:
    """Each row, and where it is. Raises `PredictionError`."""
    try:
        with file.open() as source:
            text = source.read().decode("utf-8-sig")
    except OSError as error:
        raise PredictionError(f"{file.where}: can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PredictionError(f"{file.where}: not JSON: {error}") from error
    if text.lstrip()[:1] == "[":
        yield from (
            (f"{file.where}, row {n + 1}", row) for n, row in enumerate(parsed(text, PredictionError, file.where))
        )
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{file.where}, line {number}"
            yield where, parsed(line, PredictionError, where)


def _shapes(label: Any, left_out: Counter[str]) -> Iterator[Shape]:
    """The objects of a label. Raises all sorts of errors if it is none."""
    annotations = label["annotations"]
    if "frames" in annotations:
        raise ValueError("it has frames, as of a video")
    for found in annotations.get("objects") or ():
        if box := found.get("bounding_box"):
            x, y, width, height = (float(box[side]) for side in ("left", "top", "width", "height"))
            yield Shape(str(found["name"]), (x, y, width, height))
        elif polygon := found.get("polygon"):
            ring = [float(point[axis]) for point in polygon for axis in ("x", "y")]
            yield Shape(str(found["name"]), around(ring), ring)
        else:
            left_out[str(found["annotation_kind"]).removeprefix("Image")] += 1


def _chosen(label: Any) -> Iterator[tuple[str, str]]:
    """The answers to radio questions."""
    annotations = label.get("annotations") if isinstance(label, dict) else None
    answers = annotations.get("classifications") if isinstance(annotations, dict) else None
    for each in answers if isinstance(answers, list) else ():
        answer = each.get("radio_answer") if isinstance(each, dict) else None
        if isinstance(answer, dict) and answer.get("name") and each.get("name"):
            yield str(each["name"]), str(answer["name"])


def read(location: str, options: Params) -> Labelbox:
    """Open the file; it is read later."""
    return Labelbox(file_there(location, "Labelbox file", options), options)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare labelbox."""
    schema = {
        "properties": {
            "task": {"enum": list(_TASKS), "description": "The only one to take; by default all that there are."},
            "names": NAMES,
            "project": {"type": "string", "minLength": 1, "description": "Of several: its name or id."},
            "key": {"enum": list(KEYS), "description": "What rows are called by; by default the first that is there."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("labelbox", read, schema=schema, doc=__doc__ or "")]
