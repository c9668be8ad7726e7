"""Images much taller than wide: strips, banners, crops gone wrong.

Judged by width divided by height. A network that takes squares squeezes such an image, or sees a piece of it.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "tall",
            key="tamis.aspectRatio",
            below=0.35,
            words="too tall",
            source="CleanVision's limit for odd aspect ratios",
            doc=__doc__ or "",
        )
    ]
