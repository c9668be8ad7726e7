"""Images without any colour, among coloured ones: scans, infrared, a camera in another mode.

Judged by whether red, green and blue are the same in every pixel, whatever the mode of the file. In a dataset of X-rays
or thermal images all are so, and none is an issue: leave it out with ``--issue``.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "grayscale",
            key="tamis.grayscale",
            above=0,
            words="without colour",
            source="any such image, as in CleanVision",
            doc=__doc__ or "",
        )
    ]
