"""Names of samples, categories and tasks, in collections and in files."""

from __future__ import annotations

from collections.abc import Iterable


def names(names_: Iterable[str]) -> tuple[str, ...]:
    """As a tuple. Raises `TypeError` for a single string, which is a collection of its letters."""
    if isinstance(names_, str):
        raise TypeError(f"a collection of names is needed, not the string {names_!r}")
    return tuple(names_)
