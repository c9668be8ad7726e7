"""Batches of images that each take about as long as they should."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.measuring.steps import Key
from tamis.measuring.stored_results import Group

Rows = npt.NDArray[np.int64]

#: Seconds that a batch should take: long enough for its costs not to matter, short enough to lose.
SECONDS = 1.0
#: Images of the first batches, when nothing is known of what they cost, and of any batch.
FIRST, LARGEST = 8, 4096


@attrs.frozen
class Ended:
    """A step that has ended the process that did it.

    Attributes:
        step: Which.
        failure: What is told of it.
        passes: Whether another attempt may come to an end.
    """

    step: Key
    failure: Failure
    passes: bool


@attrs.frozen(eq=False)
class Batch:
    """Some images of a group.

    Attributes:
        group: What is to be done with them.
        rows: Which they are.
        lost: How often it has been lost already.
        ended: The steps that have ended the process, of a single image; they are not done again.
    """

    group: Group
    rows: Rows
    lost: int = 0
    ended: tuple[Ended, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether it is one image that may be to blame for the loss of a process."""
        return self.lost > 0 and len(self.rows) == 1


class Batches:
    """Cuts groups into batches that take about a second; near the end, into ever shorter ones, so that all end at once.

    Args:
        groups: What is to be done.
        window: How many batches may be under way.
        parts: Rows at which another archive, or the like, begins: no batch goes beyond one.
        units: Rows at which begins what one batch is to be, if there are such.

    Attributes:
        again: What was lost, and comes next.
        alone: What is to be done while nothing else is, so that it is known who is to blame.
    """

    def __init__(
        self, groups: Sequence[Group], window: int, parts: Sequence[int] = (), units: Sequence[int] = ()
    ) -> None:
        self._groups = deque(groups)
        self._window, self._whole = window, bool(units)
        self._parts = np.unique(np.array([*parts, *units], dtype=np.int64))
        self._start = 0
        self._pace = 0.0
        self._left = sum(len(group.rows) for group in groups)
        self.again: deque[Batch] = deque()
        self.alone: deque[Batch] = deque()

    def next(self) -> Batch | None:
        """The next one; None if there is none for now."""
        if self.again:
            return self.again.popleft()
        if not self._groups:
            return None
        group = self._groups[0]
        size = int(SECONDS / self._pace) if self._pace else FIRST
        size = LARGEST if self._whole else max(1, min(size, LARGEST, -(-self._left // self._window)))
        rows = self._of_one_part(group.rows[self._start : self._start + size])
        self._left -= len(rows)
        self._start += len(rows)
        if self._start == len(group.rows):
            self._groups.popleft()
            self._start = 0
        return Batch(group, rows)

    def _of_one_part(self, rows: Rows) -> Rows:
        """Those of some ascending rows that are in the same part as the first."""
        if not len(self._parts):
            return rows
        following = np.searchsorted(self._parts, rows[0], side="right")
        return rows[rows < self._parts[following]] if following < len(self._parts) else rows

    def took(self, batch: Batch, seconds: float) -> None:
        """Learn from how long a batch took. Slower ones count at once, faster ones little by little."""
        pace = max(seconds / len(batch.rows), 1e-6)
        self._pace = max(pace, self._pace / 4) if self._pace else pace
