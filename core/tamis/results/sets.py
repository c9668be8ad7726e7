"""The sets that a page puts side by side: input, selected, random, and preselected where there is any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from tamis.data.names import text_of
from tamis.results.selection import Selection

Rows = npt.NDArray[np.intp]

INPUT, SELECTED, RANDOM, PRESELECTED = "input", "selected", "random", "preselected"
#: What is selected, with what was preselected.
TOGETHER = "together"
#: Where the random subset comes from: the same one for each page about a selection.
SEED = 0


def sets_of(selection: Selection, rows: Mapping[str, int]) -> dict[str, Rows]:
    """The sets of a selection; see `tamis.Subject.sets`.

    Args:
        selection: The selection.
        rows: The row of each sample, by its name as text.
    """

    def rows_of(names: Iterable[str]) -> Rows:
        return np.array([rows[text_of(name)] for name in names], dtype=np.intp)

    picked, given = rows_of(selection.selected), rows_of(selection.manifest()["preselected"])
    usable = np.union1d(np.union1d(picked, rows_of(selection.standings().samples)), given)
    pool = np.setdiff1d(usable, given, assume_unique=True)
    drawn = np.random.default_rng(SEED).choice(pool, size=len(picked), replace=False)
    found = {INPUT: usable, SELECTED: np.sort(picked), RANDOM: np.sort(drawn)}
    if len(given):
        found |= {PRESELECTED: np.sort(given), TOGETHER: np.union1d(picked, given)}
    return found
