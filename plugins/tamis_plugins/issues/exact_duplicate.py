"""Images that are there already: the same pixels, whatever the file is called and however it was saved without loss.

Judged by the sample's place among those that are equal (see `DUPLICATES` by ``pixels``): 0 for the first of them, 1 and
up for those that repeat it. So one of them has no issue, and stays. Copies in training and validation data make a model
look better than it is.
"""

from __future__ import annotations

from tamis import Issue, hookimpl


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "exact_duplicate",
            input={"type": "DUPLICATES", "by": "pixels"},
            above=0,
            words="there twice",
            source="any but the first of equal images",
            doc=__doc__ or "",
        )
    ]
