"""``tamis.select``: runs a selection config on a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import attrs

from tamis.config.arguments import whole_number
from tamis.context.known import Known
from tamis.data.memory import Memory
from tamis.dataset.checking import check_dataset
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.embedding.preparing import prepare
from tamis.embedding.queries import TagQuery
from tamis.embedding.reach import Reach
from tamis.errors import ConfigError, Problem, RunError
from tamis.measuring.compute import check_failures
from tamis.measuring.measure import measure
from tamis.measuring.memory import taken
from tamis.measuring.recipe import Recipe
from tamis.measuring.run import running
from tamis.measuring.vectors import Boxes
from tamis.planning.labels import check_labels
from tamis.planning.planning import make_plan
from tamis.progress import ProgressCallback
from tamis.results.selection import Selection
from tamis.selection.approximate import Approximate
from tamis.selection.clock import Clock
from tamis.selection.manifest import manifest
from tamis.selection.outcome import Outcome
from tamis.selection.participants import Participants
from tamis.selection.picking import outcome_of
from tamis.selection.recording import recorded
from tamis.selection.standings import standings
from tamis.store.store import Store

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
        DatasetError: ``dataset`` is none; none of the names that are candidates, excluded or preselected is a sample's;
            or one is both excluded and preselected.
        ConfigError: the config, ``approximate``, or a number such as ``jobs``, is wrong; with every problem found.
        PluginError: a plugin that the config names can't be used.
        RunError: no sample is usable, or takes part; under ``strict``, also when any has failed; or ``memory`` is less
            than it takes.
        StoreError: the store can't be used.
        Cancelled: ``cancel`` was set.
    """
    check_dataset(dataset)
    lists = Participants.of(dataset, candidates=candidates, exclude=exclude, preselected=preselected)
    inexact = Approximate.of(approximate)
    if shards is not None:
        shards = whole_number("shards", shards, "a number of shards")
        if inexact and inexact.levels:
            raise ConfigError((Problem("shards", "goes without approximate, which has shards itself"),))
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
        outcome = outcome_of(dataset, plan, run, recipe, measured, vectors, known, lists, others, shards, inexact)
        clock.ends("selecting")
        return _selection(outcome, clock.times)


def _memory(bound: int | None, samples: int) -> Memory:
    """What is left for large arrays of so much. Raises `ConfigError` if it is no number; `RunError` if too low."""
    if bound is None:
        return Memory()
    bound = whole_number("memory", bound, "a number of bytes")
    least = taken() + AT_LEAST + PER_SAMPLE * samples
    if bound < least:
        raise RunError(
            f"memory: {bound / 1e9:.2f} GB is not enough: to select from {samples:,} samples takes {least / 1e9:.2f} "
            "GB beside their vectors"
        )
    return Memory(bound - least)


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
