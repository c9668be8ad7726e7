"""Images that are too bright to see much in: overexposure, fog, blank pages.

Judged by the brightness that a twentieth of the pixels don't exceed: that hardly any pixel is darker. Photographs of
products before white have shadows in them and aren't such images.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "bright",
            key="tamis.brightness.p05",
            above=0.95,
            words="too bright",
            source="CleanVision's limit for light images, 1 - 0.05, on the same percentile",
            doc=__doc__ or "",
        )
    ]
