"""The sets that a report puts side by side: input, selected, random, and preselected where there is any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Selection

Rows = npt.NDArray[np.intp]

INPUT, SELECTED, RANDOM, PRESELECTED = "input", "selected", "random", "preselected"
#: What is selected, with what was preselected.
TOGETHER = "together"
#: Where the random subset comes from: the same one in each report of a selection.
SEED = 0


@attrs.frozen(eq=False)
class Sets:
    """Rows of the samples in each set.

    Attributes:
        rows: Ascending, by the name of the set; without those that the selection doesn't have.
        picked: Those selected, in the order picked.
        standing: Those of the table of standings, in its order.
        names: The samples as texts, by row.
    """

    rows: Mapping[str, Rows]
    picked: Rows
    standing: Rows
    names: tuple[str, ...]

    @classmethod
    def of(cls, selection: Selection, manifest: Mapping[str, Any], standing: tuple[str, ...]) -> Sets:
        """The sets of a selection.

        Args:
            selection: The selection.
            manifest: Its manifest.
            standing: The samples of its standings.
        """
        names = tuple(map(text_of, selection.samples))
        place = {name: row for row, name in enumerate(names)}

        def rows_of(samples: Any) -> Rows:
            return np.array([place[text_of(name)] for name in samples], dtype=np.intp)

        picked, given, others = map(rows_of, (selection.selected, manifest["preselected"], standing))
        usable = np.union1d(np.union1d(picked, others), given)
        pool = np.setdiff1d(usable, given, assume_unique=True)
        drawn = np.random.default_rng(SEED).choice(pool, size=len(picked), replace=False)
        rows = {INPUT: usable, SELECTED: np.sort(picked), RANDOM: np.sort(drawn)}
        if len(given):
            rows |= {PRESELECTED: np.sort(given), TOGETHER: np.union1d(picked, given)}
        return cls(rows, picked, others, names)


def text_of(name: str) -> str:
    """A name as text, with bytes that are none spelled out, as a selection's tables have it."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()
