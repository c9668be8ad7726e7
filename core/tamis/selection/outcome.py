"""What the engine has found: the facts that a selection's record is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.discovery.finding import Plugin
from tamis.planning.plan import Entry, Plan
from tamis.selection.greedy import Pick
from tamis.selection.participants import Participants
from tamis.selection.scoring import Term
from tamis.selection.sequences import Sequences


@attrs.frozen(eq=False)
class Removal:
    """The rows that one filter removes."""

    entry: Entry
    rows: Rows


@attrs.frozen(eq=False, kw_only=True)
class Outcome:
    """What was selected, in which order, and why the other samples were not.

    Attributes:
        dataset: What was selected from.
        plan: The config as run.
        columns: The input of each of the plan's entries.
        failures: What went wrong with single samples.
        usable: Rows of the samples that could be read and have a value of every input.
        removals: What each filter removed of them.
        picks: What was picked, in order.
        terms: The entries whose objectives the picks carry, and those as they are in the end.
        pool: Rows of what the objectives know: the candidates, and those preselected.
        preselected: Rows of the samples that were selected from the start.
        sequences: What was picked: samples, or sequences of them. Objectives know of each only its first row.
        lists: Which samples take part at all.
        limit: How many samples were asked for.
        stopped: Why there are no more picks.
        rejecting: The entries whose objectives did not allow some candidate while samples were picked.
        others: The origins of the datasets that queries are of, by id.
        notes: What the user should know about the outcome.
        outlook: Those notes that were known before the first pick.
        plugins: Every plugin that took part.
        predictions: Those of every task that an input read.
        excluded: Rows of samples that are masked where their vectors come from.
        embeddings: How vectors were made; None if no input needed any.
        reused: How many samples were not measured, as the store had everything of them.
        approximate: How it was made of shards and what it has reached, as JSON data; None if it is exact.
    """

    dataset: Dataset
    plan: Plan
    columns: tuple[Column, ...]
    failures: tuple[Failure, ...]
    usable: Rows
    removals: tuple[Removal, ...]
    picks: tuple[Pick, ...]
    terms: Mapping[Entry, Term]
    pool: Rows
    preselected: Rows
    sequences: Sequences
    lists: Participants
    limit: int
    stopped: str
    notes: tuple[str, ...]
    outlook: tuple[str, ...]
    plugins: tuple[Plugin, ...]
    rejecting: Collection[Entry] = ()
    others: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    predictions: tuple[Predictions, ...] = ()
    excluded: Rows = attrs.field(factory=lambda: np.arange(0))
    embeddings: Mapping[str, Any] | None = None
    reused: int = 0
    approximate: Mapping[str, Any] | None = None
