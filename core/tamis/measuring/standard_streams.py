"""The three standard streams of a process, of which a service manager may have closed some."""

from __future__ import annotations

import os


def hold_places() -> None:
    """Lead those that are closed nowhere: else the next files opened took their places, and what is printed came in."""
    for place in range(3):
        try:
            os.fstat(place)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest place that is free
