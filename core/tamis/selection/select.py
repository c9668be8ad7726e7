"""``tamis.select``: runs a selection config on a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import attrs
import numpy as np

from tamis.context.about import RunAbout
from tamis.context.known import Known
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.memory import Memory
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.preparing import Prepared, prepare
from tamis.embedding.queries import TagQuery
from tamis.embedding.reach import Reach
from tamis.errors import ConfigError, Problem, RunError
from tamis.measuring.compute import check_failures
from tamis.measuring.measure import measure
from tamis.measuring.memory import taken
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import Run, running
from tamis.measuring.vectors import Boxes
from tamis.planning.labels import check_labels
from tamis.planning.plan import Plan
from tamis.planning.planning import make_plan
from tamis.progress import Progress, ProgressCallback
from tamis.results.selection import Selection
from tamis.selection import notes
from tamis.selection.approximate import Approximate, chosen_of_shards, reached
from tamis.selection.clock import Clock
from tamis.selection.greedy import Pick, pick, search
from tamis.selection.manifest import manifest
from tamis.selection.mapped_files import MappedFiles
from tamis.selection.outcome import Outcome, Removal
from tamis.selection.participants import Participants
from tamis.selection.plugin_calls import PluginCalls
from tamis.selection.recording import recorded
from tamis.selection.sequences import Sequences
from tamis.selection.sharded import sharded
from tamis.selection.standings import standings
from tamis.store.store import Store

#: What comes of embedding.
POINTS = (Kind.VECTOR, Kind.VECTORS, Kind.QUERY)
#: Bytes of memory that selecting takes beside its large arrays: for a start, and for each sample.
AT_LEAST, PER_SAMPLE = 1 << 27, 200


def select(
    dataset: Dataset,
    config: Mapping[str, Any],
    *,
    registry: Registry | None = None,
    progress: ProgressCallback | None = None,
    cancel: Event | None = None,
    jobs: int = 1,
    executor: Executor | str | Mapping[str, Any] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    strict: bool = False,
    tasks: Sequence[Mapping[str, Any]] = (),
    embedder: str | Mapping[str, Any] = "descriptor",
    normalize: bool = True,
    datasets: Mapping[str, Dataset] | None = None,
    query_images: str | os.PathLike[str] | None = None,
    candidates: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    preselected: Iterable[str] = (),
    memory: int | None = None,
    shards: int | None = None,
    approximate: Mapping[str, float] | None = None,
) -> Selection:
    """Select samples as a selection config says.

    First everything is checked that can be without an image, and what the config uses of the annotations is read. Then
    each image is opened once, and decoded only if some input needs its pixels; a sample that can't be read, or lacks a
    value that a strategy needs, is left out and recorded. Thresholds remove samples, and the rest are picked one by one
    (see `tamis.selection.greedy`). The result depends on the config, the data and nothing else.

    Args:
        dataset: The samples.
        config: The selection config, as data; it is not changed.
        registry: The plugins; by default all that are installed.
        progress: Called after every batch of images and every hundredth of the picks, and as strategies prepare
            themselves, in this thread.
        cancel: Set it, from any thread, to stop.
        jobs: How many images to work on at a time; see `compute`.
        executor: Where to work on them instead; see `compute`.
        store: Keeps what is measured for the next run; see `compute`.
        strict: Whether any sample that fails is an error.
        tasks: Further auto tasks, as the config's ``auto_tasks`` would have them, such as
            ``{"type": "lightly_pretagging", "model": "detector.onnx"}``.
        embedder: What makes the vectors of an EMBEDDINGS input, such as ``"onnx:model=m.onnx"`` or
            ``{"type": "onnx", "model": "m.onnx"}``; not used for a dataset of vectors.
        normalize: Whether what the embedder makes is scaled to unit length.
        datasets: Other datasets, by the ids that EMBEDDINGS inputs call them.
        query_images: A folder of image files, which EMBEDDINGS inputs may name by their paths in it, beside samples of
            the dataset. Without one they can name samples only.
        candidates: Names of the samples that may be picked, such as this week's; by default all. What is neither one of
            them nor preselected takes no part: it counts in nothing, and its image is not opened.
        exclude: Names of samples that take no part; candidates among them are none.
        preselected: Names of samples that are selected already, such as those labelled before. They take part in every
            objective, whatever the thresholds say of them, and are neither picked nor counted again; candidates among
            them are none.
        memory: Bytes of memory that the process may take, at its peak: vectors, and what is kept of each, are in
            temporary files as far as they wouldn't fit. What is mapped from files doesn't count. By default there is
            no bound.
        shards: To work on the candidates in so many shards, side by side on the run's workers, where that takes the
            most time. The picks are the same.
        approximate: In what the selection need not be exact. ``{"shards": 8, "per_shard": 20_000}`` selects in two
            levels: it cuts the candidates into so many shards, chooses so many of each by the same rule, on the run's
            workers, and selects from those. With ``{"recall": 0.95}``, alone or beside, strategies that look for
            neighbours have to find so large a share of them. What is reached is in the manifest, as ``approximate``.

    A name of these three is a sample's, with or without ``./``, or the path of its file. Names that are no samples any
    more are a note.

    Raises:
        DatasetError: none of the names that are candidates, excluded or preselected is a sample's; or one is both
            excluded and preselected.
        ConfigError: the config, or ``approximate``, is wrong; with every problem that was found.
        PluginError: a plugin that the config names can't be used.
        RunError: no sample is usable, or takes part; under ``strict``, also when any has failed; or ``memory`` is less
            than it takes.
        StoreError: the store can't be used.
        Cancelled: ``cancel`` was set.
    """
    lists = Participants.of(dataset, candidates=candidates, exclude=exclude, preselected=preselected)
    inexact = Approximate.of(approximate)
    if shards is not None and (shards < 1 or (inexact and inexact.levels)):
        message = "is a number of shards, from 1" if shards < 1 else "goes without approximate, which has shards itself"
        raise ConfigError((Problem("shards", message),))
    clock = Clock()
    with running(
        registry=registry,
        progress=progress,
        cancel=cancel,
        jobs=jobs,
        executor=executor,
        store=store,
        strict=strict,
        memory=_memory(memory, len(dataset)),
    ) as run:
        folder = None if query_images is None else Path(query_images)
        reach = Reach(run.registry, dataset, datasets or {}, embedder, folder)
        plan = make_plan(config, run.registry, dataset.annotations, tasks, reach)
        if plan.annotations is not dataset.annotations:
            dataset = attrs.evolve(dataset, annotations=plan.annotations)
        known = Known.of(dataset, plan.fields, plan.tasks, run.monitor)
        known.check()
        check_labels(plan, known, run.registry)
        vectors = prepare(
            dataset,
            embedder,
            run,
            subjects=plan.subjects,
            queries=plan.queries,
            read=known.predictions,
            normalize=normalize,
            reach=reach,
            taking_part=lists.taking_part,
        )
        lists = lists.and_preselected(vectors.preselected)
        if not len(lists.rows):
            raise RunError("no sample takes part: none is a candidate that isn't excluded, and none is preselected")
        recipe = Recipe.of(plan.needs, run.registry, plan.jobs, vectors.wanted, plan.objects)
        tasks_read = {of.task for of in plan.objects} & known.predictions.keys()
        boxes = vectors.boxes | {task: Boxes.unfitted(known.predictions[task]) for task in tasks_read}
        measured = measure(dataset, recipe, run, boxes, lists.rows, dimensions=bool(plan.tasks))
        check_failures(dataset, measured, strict=strict)
        clock.ends("measuring")
        tags = [query for query in plan.queries if isinstance(query, TagQuery)]
        others = {query.dataset_id: (datasets or {})[query.dataset_id].origin for query in tags}
        outcome = _outcome(dataset, plan, run, recipe, measured, vectors, known, lists, others, shards, inexact)
        clock.ends("selecting")
        return _selection(outcome, clock.times)


def _memory(bound: int | None, samples: int) -> Memory:
    """What is left for large arrays of so much. Raises `RunError` if less is left than nothing."""
    if bound is None:
        return Memory()
    least = taken() + AT_LEAST + PER_SAMPLE * samples
    if bound < least:
        raise RunError(
            f"memory: {bound / 1e9:.2f} GB is not enough: to select from {samples:,} samples takes {least / 1e9:.2f} "
            "beside their vectors"
        )
    return Memory(bound - least)


def _outcome(
    dataset: Dataset,
    plan: Plan,
    run: Run,
    recipe: Recipe,
    measured: Measurements,
    vectors: Prepared,
    known: Known,
    lists: Participants,
    others: Mapping[str, Mapping[str, Any]],
    shards: int | None,
    inexact: Approximate | None,
) -> Outcome:
    """Select, once everything has been measured. ``others`` are the origins of the datasets that queries are of."""
    registry, monitor = run.registry, run.monitor
    about = RunAbout(registry, dataset.annotations, plan.jobs, asked=plan.fields)
    shared = Shared(
        about,
        dataset,
        measured,
        monitor,
        known=known,
        embeddings=vectors.embeddings,
        queries=vectors.queries,
        preselected=lists.preselected,
        strict=run.strict,
    )
    calls = PluginCalls(registry, monitor, run.memory, inexact.recall if inexact else None)
    columns = tuple(calls.column(entry, shared, plan.subjects) for entry in plan.entries)
    failures = (*dataset.failures, *measured.failures, *_unexplained(dataset, measured, columns, lists))
    if run.strict and failures:
        raise RunError(f"strict: {len(failures)} failed, such as {failures[0]}")
    left = np.logical_and.reduce([lists.taking_part, measured.readable, *(column.valid for column in columns)])
    excluded = np.unique(vectors.excluded[left[vectors.excluded]])
    left[excluded] = False
    sequences = Sequences.of(dataset, plan.sequence_length, left)
    failures = (*failures, *sequences.failures(dataset))
    columns = tuple(sequences.averaged(column) for column in columns)
    usable = sequences.samples(sequences.starts)
    if not len(usable):
        raise RunError(f"none of {len(lists.rows)} samples has a value of every input, such as {failures[0]}")

    left[sequences.apart] = False
    given = lists.preselected
    lost, first = given[~left[given]], sequences.starts_of(given[left[given]])
    given = sequences.samples(first)
    left[given] = False
    seen = np.flatnonzero(left)
    removals = _removals(calls, plan, columns, seen)
    for removal in removals:
        left[removal.rows] = False
    candidates = sequences.starts[left[sequences.starts]]
    pool = np.union1d(candidates, first)
    files = MappedFiles((f"{entry.path}.input", column) for entry, column in zip(plan.entries, columns, strict=True))
    made = ((entry, calls.term(entry, column, pool)) for entry, column in zip(plan.entries, columns, strict=True))
    with files.unchanged():
        terms = {entry: term for entry, term in made if term}
    limit = plan.limit(len(usable) - len(given))
    most = limit // sequences.length
    outlook = (*lists.notes, *notes.before(terms, most, lost, dataset))
    for note in outlook:
        monitor.report(Progress("selecting", 0, most, note))
    offered, given_first = np.searchsorted(pool, candidates), np.searchsorted(pool, first).tolist()
    found = None
    if inexact and (levels := inexact.levels):
        levels.check(len(offered), most)
        found = chosen_of_shards(levels, terms, offered, given_first, most, run)
        offered = found.rows
    in_shards = sharded(shards, terms, offered, given_first, len(pool), run) if shards else nullcontext(search)
    with files.unchanged(), in_shards as find:
        picks, stopped = pick(list(terms.values()), offered, most, monitor, given_first, find)
    told = reached(inexact, found, terms, picks, len(pool)) if inexact else None
    rejecting = tuple(entry for entry, term in terms.items() if calls.has_refused(term))
    return Outcome(
        dataset=dataset,
        plan=plan,
        columns=columns,
        failures=failures,
        usable=usable,
        removals=removals,
        picks=tuple(each for found in picks for each in _in_dataset(found, pool, sequences)),
        terms=terms,
        pool=pool,
        preselected=given,
        sequences=sequences,
        limit=limit,
        stopped=stopped,
        rejecting=rejecting,
        others=others,
        notes=(
            *shared.notes(),
            *vectors.notes(measured.vectors),
            *notes.of_inputs(plan, columns),
            *outlook,
            *((notes.approximate(told),) if told else ()),
            *notes.after(plan, terms, removals, limit, len(candidates) * sequences.length),
            *(_unmet(calls, columns, removals, seen) if limit and not len(candidates) else ()),
        ),
        outlook=outlook,
        plugins=tuple(dict.fromkeys((*_plugins(plan, recipe, registry), *vectors.plugins(registry), *about.used))),
        predictions=tuple(shared.predictions_read.values()),
        excluded=excluded,
        lists=lists,
        embeddings=vectors.manifest(),
        reused=measured.reused,
        approximate=told,
    )


def _selection(outcome: Outcome, times: Mapping[str, Any]) -> Selection:
    """What the caller gets; the record is made when it is asked for."""
    dataset, record = outcome.dataset, cache(lambda: recorded(outcome))
    return Selection(
        selected=tuple(dataset.samples[pick.row] for pick in outcome.picks),
        failures=outcome.failures,
        columns=outcome.columns,
        predictions=outcome.predictions,
        outlook=outcome.outlook,
        dataset=lambda: dataset,
        samples=dataset.samples,
        recorded=lambda: record().columns,
        times=times,
        manifest=lambda: manifest(outcome, record()),
        standings=lambda: standings(outcome),
    )


def _removals(calls: PluginCalls, plan: Plan, columns: tuple[Column, ...], rows: Rows) -> tuple[Removal, ...]:
    """What each filter removes of these rows; they all see the same, so their order is irrelevant."""
    kept = ((entry, calls.kept(entry, column, rows)) for entry, column in zip(plan.entries, columns, strict=True))
    return tuple(Removal(entry, rows[~keep]) for entry, keep in kept if keep is not None)


def _unmet(calls: PluginCalls, columns: Sequence[Column], removals: Sequence[Removal], seen: Rows) -> Iterator[str]:
    """What the filters have seen that have left nothing."""
    for removal in removals:
        if len(removal.rows):
            number = int(removal.entry.path.removeprefix("strategies[").removesuffix("]"))
            yield notes.unmet(removal, columns[number].take(seen), calls.keeps(removal.entry))


def _unexplained(
    dataset: Dataset, measured: Measurements, columns: tuple[Column, ...], lists: Participants
) -> Iterator[Failure]:
    """Samples that an input has no value for, where that is not because measuring them has failed."""
    failed = {failure.sample for failure in measured.failures}
    told = set()
    for column in columns:
        is_measured = column.kind in POINTS or any(column is metric for metric in measured.columns.values())
        for row in np.flatnonzero(~column.valid):
            sample = dataset.samples[row]
            failure = Failure(sample, "input", column.name, column.reasons.get(int(row), "it has no value"))
            measuring_failed = is_measured and sample in failed and int(row) not in column.reasons
            there = measured.readable[row] and lists.taking_part[row]
            if there and not measuring_failed and failure not in told:
                told.add(failure)
                yield failure


def _in_dataset(found: Pick, pool: Rows, sequences: Sequences) -> Iterator[Pick]:
    """The same pick by rows of the dataset, of each sample of what was picked."""
    nearest = tuple(near and (int(pool[near[0]]), near[1]) for near in found.nearest)
    for row in sequences.samples(pool[[found.row]]).tolist():
        yield attrs.evolve(found, row=row, nearest=nearest)


def _plugins(plan: Plan, recipe: Recipe, registry: Registry) -> tuple[Plugin, ...]:
    """Every plugin that took part."""
    used = [
        *(registry.provider("input", entry.provider.type) for entry in plan.entries),
        *(registry.provider("strategy", entry.strategy.type) for entry in plan.entries),
        *(step.plugin for step in recipe.all_steps),
    ]
    return tuple(dict.fromkeys(used))
