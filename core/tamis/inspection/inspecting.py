"""``tamis.inspect``: what may be wrong with the samples of a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from threading import Event
from typing import Any

import attrs
import numpy as np

from tamis.config.arguments import number
from tamis.config.choices import attributing
from tamis.context.about import RunAbout
from tamis.context.known import Known, notes_of
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.data.fitting import fitted
from tamis.data.table import Table
from tamis.dataset.checking import check_dataset
from tamis.dataset.dataset import Dataset
from tamis.declarations.issue import Evidence, Issue, Ratings
from tamis.discovery.registry import Registry
from tamis.embedding.preparing import prepare
from tamis.embedding.reach import Reach
from tamis.errors import Cancelled, RunError, TamisError
from tamis.inspection.choosing import Choice
from tamis.inspection.inspection import Inspection
from tamis.inspection.judging import Found, judged
from tamis.inspection.limits import robust
from tamis.inspection.planned import Planned
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.run import running
from tamis.progress import ProgressCallback
from tamis.selection.plugin_calls import PluginCalls
from tamis.store.store import Store


def inspect(
    dataset: Dataset,
    *,
    issues: Iterable[str] | None = None,
    limits: Mapping[str, float] | None = None,
    deviations: float | None = None,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    strict: bool = False,
    embedder: str | Mapping[str, Any] = "descriptor",
) -> Inspection:
    """Look for issues: samples that are dark, blurred, there twice, unreadable, labelled out of range and so on.

    Each issue is a plugin: a number of each sample, and a limit. All that the issues need is read and measured in one
    pass: one open, and at most one decode an image. A sample that can't be read has the issues that say so, and no
    other.

    Args:
        dataset: The samples.
        issues: The names of those to look for; by default all that are installed. One that can't be looked for, such as
            of a plugin that is broken, is an error if it is named, and told in `Inspection.lacking` if not.
        limits: Other limits, by the names of issues.
        deviations: Where no limit is given, judge by what is usual in this dataset: an issue is further from the median
            than so many robust standard deviations, each 1.4826 times the median absolute deviation from the median.
            3.5 after Iglewicz and Hoaglin (1993). Issues with a function of their own keep their limits, as do those
            whose number is equal in more than half of all samples.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: As for `tamis.compute`.
        executor: As for `tamis.compute`.
        store: As for `tamis.compute`.
        strict: Whether anything that fails on a sample is an error.
        embedder: What makes vectors, where an issue needs any; as for `tamis.select`.

    Raises:
        DatasetError: ``dataset`` is none.
        PluginError: there is no such issue, or one that is named can't be used; a limit is of no issue.
        ConfigError: a limit, ``deviations`` or ``jobs`` is no such number, or a limit is beyond all that its
            metric can be; a named issue's input can't be had.
        RunError: under ``strict``, anything failed on a sample.
        StoreError: the store can't be used.
        Cancelled: ``cancel`` was set.
    """
    check_dataset(dataset)
    if deviations is not None:
        deviations = number("deviations", deviations, "a number", above=True)
    with running(
        registry=registry, progress=progress, cancel=cancel, jobs=jobs, executor=executor, store=store, strict=strict
    ) as run:
        choice = Choice.of(issues, limits or {}, run.registry)
        planned = Planned.of(choice, dataset, run.registry)
        plan = planned.plan
        if plan.annotations is not dataset.annotations and plan.entries:
            dataset = attrs.evolve(dataset, annotations=plan.annotations)
        tasks = tuple(dict.fromkeys([*plan.tasks, *dataset.annotations.tasks()]))
        known = Known.of(dataset, plan.fields, tasks, run.monitor)
        vectors = prepare(
            dataset,
            embedder,
            run,
            subjects=plan.subjects,
            queries=plan.queries,
            read=known.predictions,
            normalize=True,
            reach=Reach(run.registry, dataset, {}, embedder),
        )
        recipe = Recipe.of(planned.needs, run.registry, plan.jobs, vectors.wanted)
        measured = measure(dataset, recipe, run, vectors.boxes)
        failures = (*dataset.failures, *measured.failures)
        if strict and failures:
            raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
        about = RunAbout(run.registry, dataset.annotations, plan.jobs, asked=plan.fields)
        shared = Shared(
            about, dataset, measured, run.monitor, known=known, embeddings=vectors.embeddings, queries=vectors.queries
        )
        evidence = Evidence(
            samples=dataset.samples, sizes=measured.sizes, failures=failures, predictions=known.predictions
        )
        judge = _Judge(choice, planned, shared, evidence, PluginCalls(run.registry, run.monitor), deviations)
        lacking, found = dict(planned.lacking), []
        for issue in planned.issues:
            try:
                if (each := judge.judged(issue)) is not None:
                    found.append(each)
                else:
                    lacking[issue.name] = _lacking(evidence)
            except TamisError as error:
                if choice.named or isinstance(error, Cancelled) or run.monitor.has_raised(error):
                    raise
                lacking[issue.name] = str(error)
        unused = known.predictions.keys() - shared.predictions_read
        return Inspection(
            dataset=dataset,
            summary=tuple(sorted(found, key=lambda each: (-len(each), each.name))),
            values=Table(dataset.samples, judge.columns, failures),
            readable=measured.readable,
            predictions=tuple(fitted(each, measured.sizes) for each in known.predictions.values()),
            lacking=lacking,
            notes=(
                *map(str, known.problems),
                *(note for task in sorted(unused) for note in notes_of(task, known.predictions[task])),
                *shared.notes(),
                *judge.notes,
            ),
        )


def _lacking(evidence: Evidence) -> str:
    """Why an issue was not looked for whose function has found nothing that it is about."""
    labels = "there are no labels" if not evidence.predictions else ""
    images = "no image could be opened" if not (evidence.sizes > 0).any() else ""
    return " and ".join(filter(None, (labels, images))) or "the dataset has nothing that it is about"


class _Judge:
    """Judges issue by issue, once everything has been measured.

    Attributes:
        columns: What was measured, and what the inputs of issues have provided, by name.
        notes: What the user should know about the limits.
    """

    def __init__(
        self,
        choice: Choice,
        planned: Planned,
        shared: Shared,
        evidence: Evidence,
        calls: PluginCalls,
        deviations: float | None,
    ) -> None:
        self._choice, self._planned, self._shared, self._calls = choice, planned, shared, calls
        self._evidence, self._deviations = evidence, deviations
        self.columns: dict[str, Column] = dict(shared.metrics)
        self.notes: list[str] = []

    def judged(self, issue: Issue) -> Found | None:
        """The samples that have it; None where there is nothing to look at. Raises `BrokenPluginError`."""
        source = "given" if issue.name in self._choice.given else issue.source
        entry = self._planned.entries.get(issue.name)
        if entry is None:
            with attributing("issue", issue.name, self._calls.registry, issue.name):
                ratings = self._rated(issue)
                return judged(issue, ratings, self._evidence.samples, source, "") if ratings is not None else None
        column = self._calls.column(entry, self._shared, self._planned.plan.subjects)
        self.columns.setdefault(column.name, column)
        if self._deviations is not None and issue.name not in self._choice.given:
            if other := robust(issue, column, self._deviations):
                issue, source = other, f"{self._deviations:g} robust deviations from the median of this dataset"
            else:
                source += "; there is no robust limit of such numbers"
        values = np.where(column.valid, column.values, np.nan)
        self.notes += [f"{issue.name}: {note}" for note in column.notes]
        samples, key = self._evidence.samples, issue.key or column.name
        return judged(issue, Ratings(values), samples, source, key, column.record)

    def _rated(self, issue: Issue) -> Ratings | None:
        """What an issue's own function makes of the evidence."""
        assert issue.rate is not None  # noqa: S101 (else the plan has an entry for it)
        evidence = attrs.evolve(self._evidence, metrics={key: self._shared.metrics[key] for key in issue.needs})
        ratings = issue.rate(evidence)
        if ratings is not None:
            _check(ratings, len(evidence.samples))
            self.notes += [f"{issue.name}: {note}" for note in ratings.notes]
        return ratings


def _check(ratings: Any, rows: int) -> None:
    """Raise `TypeError` or `ValueError` unless they are ratings of so many samples."""
    if not isinstance(ratings, Ratings):
        raise TypeError(f"rate returned {type(ratings).__name__}, not Ratings")
    values = np.asarray(ratings.values)
    if values.shape != (rows,) or values.dtype.kind not in "iufb":
        raise ValueError(f"rate returned {values.dtype} of shape {values.shape} for {rows} samples")
    words: Any = ratings.words
    if callable(words):
        return
    if not isinstance(words, Mapping) or not all(isinstance(text, str) for text in words.values()):
        raise TypeError(f"rate returned words {words!r:.80}, not texts by row")
