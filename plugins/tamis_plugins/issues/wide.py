"""Images much wider than tall: panoramas, banners, crops gone wrong.

Judged by width divided by height. A network that takes squares squeezes such an image, or sees a piece of it.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "wide",
            key="tamis.aspectRatio",
            above=2.857,
            words="too wide",
            source="CleanVision's limit for odd aspect ratios, 1 / 0.35",
            doc=__doc__ or "",
        )
    ]
