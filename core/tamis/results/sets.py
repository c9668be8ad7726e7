"""The sets that a page puts side by side: input, selected, random, and preselected where there is any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tamis.data.names import texts_of
from tamis.results.selection import Selection

Rows = npt.NDArray[np.intp]

INPUT, SELECTED, RANDOM, PRESELECTED = "input", "selected", "random", "preselected"
#: What is selected, with what was preselected.
TOGETHER = "together"
#: Where the random subset comes from: the same one for each page about a selection.
SEED = 0


def sets_of(selection: Selection, given: Sequence[str], rows: Mapping[str, int]) -> dict[str, Rows]:
    """The sets of a selection; see `tamis.Subject.sets`.

    Args:
        selection: The selection.
        given: What was preselected.
        rows: The row of each sample, by its name as text.
    """
    picked, preselected = selection.rows, rows_of(given, rows)
    usable = np.zeros(len(rows), dtype=bool)
    for found in (picked, preselected, selection.standing_rows):
        usable[found] = True
    pool = usable.copy()
    pool[preselected] = False
    drawn = np.random.default_rng(SEED).choice(np.flatnonzero(pool), size=len(picked), replace=False)
    sets = {INPUT: np.flatnonzero(usable), SELECTED: np.sort(picked), RANDOM: np.sort(drawn)}
    if len(preselected):
        sets |= {PRESELECTED: np.sort(preselected), TOGETHER: np.sort(np.concatenate([picked, preselected]))}
    return sets


def rows_of(names: Sequence[str], rows: Mapping[str, int]) -> Rows:
    """The rows of some samples, in their order."""
    return np.fromiter(map(rows.__getitem__, texts_of(names)), np.intp, len(names))
