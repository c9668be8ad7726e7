"""Reading all annotations that a config uses, to say what is wrong with any of them, and how much there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import numpy as np

from tamis.context.known import Known
from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.dataset.tags import tagged
from tamis.discovery.registry import Registry
from tamis.embedding.queries import TagQuery
from tamis.errors import ConfigError, DataError, MetadataError
from tamis.planning.labels import check_labels
from tamis.planning.plan import Plan
from tamis.progress import Monitor

#: How many categories of a field are counted in a line.
COUNTED = 10


def check_annotations(plan: Plan, dataset: Dataset, registry: Registry, datasets: Mapping[str, Dataset]) -> list[str]:
    """Read them, and say how much there is and what is passed over.

    Args:
        plan: The config.
        dataset: The samples; no image of it is opened.
        registry: The plugins.
        datasets: Those that the config refers to, by id.

    Raises:
        DataError: something would end a run; with all of it.
    """
    dataset = attrs.evolve(dataset, annotations=plan.annotations)
    known = Known.of(dataset, plan.fields, plan.tasks, Monitor())
    problems: list[str] = []
    for problem in known.problems:
        problems += problem.problems if isinstance(problem, MetadataError) else [str(problem)]
    try:
        check_labels(plan, known, registry)
    except ConfigError as error:
        problems += map(str, error.problems)
    if not problems:
        problems += _lacking_all(known, dataset)
    if problems:
        raise DataError(tuple(problems))
    return [*_notes(known, dataset), *_of_tags(plan, datasets)]


def _lacking_all(known: Known, dataset: Dataset) -> Iterator[str]:
    """That no sample has all values that are needed, if that is so."""
    columns = list(known.metadata.columns.values()) if known.metadata else []
    left = np.ones(len(dataset), dtype=bool)
    for valid in [column.valid for column in columns] + [found.valid for found in known.predictions.values()]:
        left &= valid
    if left.any():
        return
    empty = [column for column in columns if not column.valid.any()]
    for column in empty:
        row, reason = next(iter(column.reasons.items()), (0, "it has no value"))
        yield f"metadata '{column.name}': no sample has a value, such as {dataset.samples[row]}: {reason}"
    if not empty:
        names = [f"metadata '{column.name}'" for column in columns] + [f"task '{name}'" for name in known.predictions]
        yield f"no sample has all that the config uses: {', '.join(names)}"


def _notes(known: Known, dataset: Dataset) -> Iterator[str]:
    for column in known.metadata.columns.values() if known.metadata else ():
        yield from _of_field(column, dataset)
    yield from known.metadata.notes if known.metadata else ()
    for name, found in known.predictions.items():
        yield from _of_task(name, found, dataset)


def _of_field(column: Column, dataset: Dataset) -> Iterator[str]:
    """How many samples have a value of a field, and which; why the first of the others has none."""
    there = int(column.valid.sum())
    yield f"metadata '{column.name}': {there} of {len(column)} samples have a value; {_spread(column)}"
    if there < len(column):
        row = int(np.flatnonzero(~column.valid)[0])
        why = column.reasons.get(row, "it has no value")
        yield f"metadata '{column.name}': {len(column) - there} left out, such as {dataset.samples[row]}: {why}"


def _spread(column: Column) -> str:
    """What the values are."""
    values = column.values[column.valid]
    if column.kind is not Kind.CATEGORY:
        return f"{values.min():g} to {values.max():g}"
    counts = np.bincount(values, minlength=len(column.labels))
    order = [int(number) for number in np.argsort(-counts, kind="stable") if counts[number]]
    shown = ", ".join(f"{column.labels[number]} {counts[number]}" for number in order[:COUNTED])
    return shown + (f", and {len(order) - COUNTED} more categories" if len(order) > COUNTED else "")


def _of_task(name: str, found: Predictions, dataset: Dataset) -> Iterator[str]:
    """How many samples have a prediction; what is wrong with each that is left out."""
    missing = np.flatnonzero(found.missing)
    there = int(found.known.sum())
    yield f"task '{name}': {there} of {len(found)} samples have a prediction, with {len(found.categories)} objects"
    if len(missing):
        yield f"task '{name}': {len(missing)} without one count as empty, such as {dataset.samples[missing[0]]}"
    for row, reason in sorted(found.reasons.items()):
        yield f"task '{name}': {dataset.samples[row]} is left out: {reason}"
    yield from (f"task '{name}': {note}" for note in found.notes)
    if found.orphans:
        shown = ", ".join(found.orphans[:3]) + ", ..." * (len(found.orphans) > 3)
        yield f"task '{name}': {len(found.orphans)} files belong to no sample: {shown}"


def _of_tags(plan: Plan, datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """How many samples there are in the tags of other datasets."""
    for query in plan.queries:
        if isinstance(query, TagQuery) and (other := datasets.get(query.dataset_id)) is not None:
            names = tagged(other, query.tag_name)
            yield f"dataset '{query.dataset_id}': {len(names)} of {len(other)} samples are in tag '{query.tag_name}'"
