"""Names of samples that begin with the label of an input."""

from __future__ import annotations

from collections.abc import Sequence


def split(name: str) -> tuple[str, str]:
    """The label of a sample's name, and the rest of it."""
    label, _, rest = name.partition("/")
    return label, rest


def by_label(names: Sequence[str]) -> dict[str, list[str]]:
    """What is left of names, by the label that each begins with."""
    found: dict[str, list[str]] = {}
    for label, rest in map(split, names):
        found.setdefault(label, []).append(rest)
    return found
