"""Images that are too dark to see much in: night, underexposure, a covered lens.

Judged by the brightness that nineteen of twenty pixels don't exceed: a dark image with a large light in it isn't one,
and one with a few bright spots is.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "dark",
            key="tamis.brightness.p95",
            below=0.2,
            words="too dark",
            source="a fifth of white, and close to CleanVision's limit of 0.32 on the 99th percentile",
            doc=__doc__ or "",
        )
    ]
