"""Images that nearly repeat another: compressed again, scaled, a little brighter, the next frame of a burst.

Judged by the sample's place among those whose perceptual hashes differ in at most 4 of 64 bits (see `DUPLICATES` by
``phash``): 0 for the one that stays, 1 and up for those that repeat it. Exact duplicates are among them. Images of
hardly any content, such as those of one colour, may be alike without being of the same thing.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "near_duplicate",
            input={"type": "DUPLICATES", "by": "phash"},
            above=0,
            words="nearly there twice",
            source="any but the first of images that are alike; CleanVision asks for equal hashes",
            doc=__doc__ or "",
        )
    ]
