"""Images that are out of focus, or were taken by a camera that moved.

Judged by how little is lost if the image is blurred once more, at a longer side of 192 pixels: what is too fine to see
at that size doesn't count. Images of clouds, snow or smooth walls are as smooth without being blurred.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "blurred",
            key="tamis.blur",
            above=0.6,
            words="out of focus, or moved",
            source="measured: photographs in focus have up to 0.52; blurred by 4 of 256 pixels, 0.66 and up",
            doc=__doc__ or "",
        )
    ]
