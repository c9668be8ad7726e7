"""The boxes of objects that are known: of a host's predictions, or of a task of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import attrs
import numpy as np

from tamis.measuring.results import Results
from tamis.measuring.vectors import Boxes, Floats, boxes_of


@attrs.frozen(eq=False)
class KnownBoxes:
    """Those of the samples of a run.

    Attributes:
        given: Those of the tasks that the run doesn't do itself.
        results: What the others have predicted so far.
    """

    given: Mapping[str, Boxes]
    results: Results

    def of(self, row: int, task: str, fresh: Mapping[str, str] | None = None) -> Floats | None:
        """Those of a sample; None if there are none to be had. ``fresh`` is what tasks have just predicted of it."""
        if task in self.given:
            return self.given[task].of(row)
        objects = (fresh or {}).get(task, self.results.objects[task][row])
        try:
            return None if objects is None else boxes_of(objects)
        except Exception:  # noqa: BLE001 (a task may predict anything)
            return None

    def digest(self, row: int, task: str, fresh: Mapping[str, str] | None = None) -> bytes:
        """By which a store tells whether they are the same as before."""
        return digest_of(self.of(row, task, fresh))


def digest_of(boxes: Floats | None) -> bytes:
    """The same for boxes that are equal; empty if there are none to be had."""
    return b"" if boxes is None else hashlib.blake2b(np.ascontiguousarray(boxes).tobytes(), digest_size=16).digest()
