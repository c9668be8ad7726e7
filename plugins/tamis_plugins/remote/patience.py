"""Asking again, after pauses that grow."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from tamis_plugins.remote.problems import PASSING

T = TypeVar("T")

#: How often a request is made, and the seconds of the first pause and of the longest.
ATTEMPTS, FIRST, LONGEST = 8, 0.2, 15.0
_random = random.Random()  # noqa: S311 (so that clients don't ask all at once; the host's is left alone)


def patiently(request: Callable[[], T]) -> T:
    """What a request gives. One that fails for what may pass is made again; the last failure is raised."""
    pause = FIRST
    for _ in range(ATTEMPTS - 1):
        try:
            return request()
        except OSError as error:
            if error.errno not in PASSING:
                raise
        time.sleep(pause * _random.uniform(0.5, 1.5))
        pause = min(2 * pause, LONGEST)
    return request()
