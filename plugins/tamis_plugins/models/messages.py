"""What libraries say of what went wrong."""

from __future__ import annotations


def first_line(error: Exception) -> str:
    """What a library says first, without what it says beside."""
    return next(iter(str(error).splitlines()), type(error).__name__)
