"""Images that can't be read: they are no images, are cut off or damaged, take too long, or end the process.

Judged by 1 for such an image and 0 for any other. What can be opened is decoded to its last row, so that files whose
upload was cut short are found. `tamis select` leaves out what it can't open, and what it can't decode where its config
needs pixels.
"""

from __future__ import annotations

import numpy as np

from tamis import Evidence, Issue, Ratings, hookimpl

#: The stages of failures that concern the image as a whole.
STAGES = ("open", "decode", "crash", "timeout")


def rate(evidence: Evidence) -> Ratings | None:
    """1 for each sample whose image has failed; nothing without images."""
    if not evidence.sizes.any():
        return None
    reasons: dict[str, str] = {}
    for failure in evidence.failures:
        if failure.stage in STAGES:
            reasons.setdefault(failure.sample, f"can't be read: {failure.reason}")
    words = {row: reasons[name] for row, name in enumerate(evidence.samples) if name in reasons}
    values = np.zeros(len(evidence.samples))
    values[list(words)] = 1
    return Ratings(values, words)


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "unreadable",
            rate=rate,
            needs=["tamis.brightness.p95"],  # which has every image decoded
            above=0,
            words="can't be read",
            source="any such image",
            doc=__doc__ or "",
        )
    ]
