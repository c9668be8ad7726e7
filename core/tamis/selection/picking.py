"""Selecting from what was measured: inputs, filters, objectives, and then the picks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import attrs
import numpy as np

from tamis.context.about import RunAbout
from tamis.context.known import Known
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.embedding.preparing import Prepared
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import Run
from tamis.planning.plan import Plan
from tamis.progress import Progress
from tamis.selection import notes
from tamis.selection.approximate import Approximate, chosen_of_shards, reached
from tamis.selection.greedy import Pick, pick, search
from tamis.selection.mapped_files import MappedFiles
from tamis.selection.outcome import Outcome, Removal
from tamis.selection.participants import Participants
from tamis.selection.plugin_calls import PluginCalls
from tamis.selection.sequences import Sequences
from tamis.selection.sharded import sharded
from tamis.selection.usable import Usable


def outcome_of(
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
    usable = Usable.of(
        dataset,
        [calls.column(entry, shared, plan.subjects) for entry in plan.entries],
        measured,
        vectors.excluded,
        lists,
        plan.sequence_length,
        strict=run.strict,
    )
    sequences, first, given = usable.sequences, usable.first, usable.preselected
    seen = np.flatnonzero(usable.free)
    removals = _removals(calls, plan, usable.columns, seen)
    candidates = usable.candidates(removals)
    pool = np.union1d(candidates, first)
    inputs = list(zip(plan.entries, usable.columns, strict=True))
    files = MappedFiles((f"{entry.path}.input", column) for entry, column in inputs)
    with files.unchanged():
        made = ((entry, calls.term(entry, column, pool)) for entry, column in inputs)
        terms = {entry: term for entry, term in made if term}
    limit = plan.limit(len(usable.rows) - len(given))
    most = limit // sequences.length
    outlook = (*lists.notes, *notes.before(terms, most, usable.lost, dataset))
    for note in outlook:
        monitor.report(Progress("selecting", 0, most, note))
    offered, given_first = np.searchsorted(pool, candidates), np.searchsorted(pool, first).tolist()
    found = None
    if inexact and (levels := inexact.levels):
        levels.check(len(offered), most)
        with files.unchanged():
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
        columns=usable.columns,
        failures=usable.failures,
        usable=usable.rows,
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
            *notes.of_inputs(plan, usable.columns),
            *outlook,
            *((notes.approximate(told),) if told else ()),
            *notes.after(plan, terms, removals, limit, len(candidates) * sequences.length),
            *notes.without_gain(terms, picks),
            *(_unmet(calls, usable.columns, removals, seen) if limit and not len(candidates) else ()),
        ),
        outlook=outlook,
        plugins=tuple(dict.fromkeys((*_plugins(plan, recipe, registry), *vectors.plugins(registry), *about.used))),
        predictions=tuple(shared.predictions_read.values()),
        excluded=usable.excluded,
        lists=lists,
        embeddings=vectors.manifest(),
        reused=measured.reused,
        approximate=told,
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
