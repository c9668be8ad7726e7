"""Whose name is meant: the one that is the same, or else the one that is the same but for how it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from tamis.data.names import text_of


def matched(wanted: Sequence[object], known: Sequence[str]) -> list[int]:
    """The position in ``known`` of each name that is wanted; -1 for one that isn't there.

    A name is first of all itself. Of those that are left over, two are one name where they differ in Unicode form only
    (file systems of macOS used to decompose what others compose), or in that bytes which are no text are spelled out in
    one of them, as in Parquet files. Where several could be meant, none is.

    Args:
        wanted: Names, some of them perhaps more than once. What is no text is no name.
        known: Different names.
    """
    position: dict[object, int] = {name: number for number, name in enumerate(known)}
    found = [position.get(name, -1) for name in wanted]
    if -1 in found:
        lacking = {name for name, number in zip(wanted, found, strict=True) if number < 0 and isinstance(name, str)}
        claimed = set(found)
        free = (name for number, name in enumerate(known) if number not in claimed)
        partners = _partners(lacking, free)
        found = [
            position[partners[name]] if number < 0 and name in partners else number
            for name, number in zip(wanted, found, strict=True)
        ]
    return found


def written_alike(name: str) -> str:
    """What all ways of writing a name have in common."""
    return name if name.isascii() else unicodedata.normalize("NFC", text_of(name))


def _partners(lacking: Iterable[str], free: Iterable[str]) -> dict[object, str]:
    """The other way of writing a name, for those that have one and no namesake among either."""
    ours, theirs = _by_form(lacking), _by_form(free)
    alone = (form for form, names in ours.items() if len(names) == 1 and len(theirs.get(form, [])) == 1)
    return {ours[form][0]: theirs[form][0] for form in alone}


def _by_form(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(written_alike(name), []).append(name)
    return found
