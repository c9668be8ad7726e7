"""When a run began, and how long its parts took."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any


class Clock:
    """Starts when it is made.

    Attributes:
        times: ``started``, in UTC, and ``seconds`` by part: JSON data.
    """

    times: dict[str, Any]

    def __init__(self) -> None:
        self.times = {"started": datetime.now(timezone.utc).isoformat(timespec="seconds"), "seconds": {}}
        self._last = time.perf_counter()

    def ends(self, part: str) -> None:
        """A part ends now, and the next begins."""
        now = time.perf_counter()
        self.times["seconds"][part] = round(now - self._last, 3)
        self._last = now
