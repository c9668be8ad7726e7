"""Images with little in them: a covered lens, a blank page, a placeholder of one colour.

Judged by the entropy of the grey values: how many bits a pixel takes if all that is known is how often each value
occurs. Drawings and screens of few colours have little, too.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "low_information",
            key="tamis.entropy",
            below=3,
            words="with little in it",
            source="CleanVision's limit, 0.3 of ten bits, on the grey values",
            doc=__doc__ or "",
        )
    ]
