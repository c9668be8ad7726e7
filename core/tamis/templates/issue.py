"""Images with hardly any contrast: fog, a dirty lens, a screen.

Judged by the standard deviation of the grey values, from 0 to 1.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "template_key",
            key="lightly.contrast",
            below=0.05,
            words="with hardly any contrast",
            source="half of what the flattest of our own photographs has",
            doc=__doc__ or "",
        )
    ]
