"""Images much smaller or larger than the others: thumbnails, icons, scans.

Judged by how many times smaller or larger across an image is than the median: with ``s = sqrt(width * height)``, the
side of an image, and ``m``, the median side of all that could be read, by ``max(s / m, m / s)``, which is 1 for the
median image. A network that takes images of one size sees details in such an image that it sees in no other, or none.
"""

from __future__ import annotations

import numpy as np

from tamis import Evidence, Issue, Ratings, hookimpl


def rate(evidence: Evidence) -> Ratings | None:
    """How many times smaller or larger across; nothing without images."""
    known = (evidence.sizes > 0).all(axis=1)
    if not known.any():
        return None
    sides = np.sqrt(evidence.sizes.clip(0).prod(axis=1, dtype=np.float64))
    median = float(np.median(sides[known]))
    values = np.full(len(sides), np.nan)
    values[known] = np.maximum(sides[known] / median, median / sides[known])

    def words(row: int) -> str:
        width, height = evidence.sizes[row].tolist()
        side = "larger" if sides[row] > median else "smaller"
        return f"of odd size: {width} x {height} pixels, {values[row]:.3g} times {side} across than the median image"

    return Ratings(values, words)


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "odd_size",
            rate=rate,
            above=4,
            words="of odd size",
            source="a rule of thumb: a sixteenth of the median image's pixels, or sixteen times as many",
            doc=__doc__ or "",
        )
    ]
