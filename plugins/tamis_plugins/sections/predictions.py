"""Predictions: of each task that is known, objects and images of each class, and scores, in each set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.panels import panel
from tamis_plugins.statistics.tasks import Task

#: Classes of which images and scores are told.
CLASSES = 50


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """A group for each task."""
    facts = subject.once(Facts.of)
    for task in facts.tasks:
        yield blocks.Group(f"{task.name} ({task.predictions.schema.task_type})", _task(task, facts.titles))


def _task(task: Task, titles: Mapping[str, str]) -> Iterator[blocks.Block]:
    names = task.predictions.schema.category_names
    sets = list(task.objects.counts)
    images = {label: place for place, label in enumerate(task.images.labels)}
    rows: list[list[blocks.Cell]] = []
    for label in task.objects.labels[:CLASSES]:
        cells: list[blocks.Cell] = [label]
        for each in sets:
            cells += [float(task.images.counts[each][images[label]]), float(task.means[each][names.index(label)])]
        rows.append(cells)
    header = ["Class", *(cell for each in sets for cell in (f"{titles[each]}: images", "mean score"))]
    yield blocks.Bars("Objects of each class", task.objects.labels, task.objects.counts, of="Class")
    yield blocks.Table("Images with the class, and mean scores", header, rows)
    yield blocks.Grid([panel(f"{task.name}: scores of objects", task.scores, titles)])


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare predictions."""
    return [Section("predictions", make, title="Predictions", position=80, doc=__doc__ or "")]
