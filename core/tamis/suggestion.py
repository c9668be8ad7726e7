"""The nearest existing name to one that doesn't exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

#: With so many options at the most is a name compared, which takes long.
COMPARED = 2000
#: Up to so many options are all named.
NAMED = 30
#: How much a name has to resemble an option to be taken for it, as a share of the letters that both have in order: as
#: much as 'min' resembles 'min_sum'.
LIKELY = 0.6


def nearest(name: str, options: Iterable[str]) -> str | None:
    """The option that the name resembles most, if there is one; paths do that have the same last part."""
    return _nearest(name, sorted(options))


def did_you_mean(name: str, options: Iterable[str], *, likeness: float = LIKELY) -> str:
    """The end of a message: the option that the name resembles most, or else all there are, or some of many.

    Args:
        name: What doesn't exist.
        options: What does.
        likeness: How much an option has to resemble the name to be suggested, up to 1.
    """
    options = sorted(options)
    if (near := _nearest(name, options, likeness)) is not None:
        return f". Did you mean {near!r}?"
    if len(options) > NAMED:
        return f" (there are {len(options):,}, such as {', '.join(options[:3])})"
    return f" (there is {', '.join(options)})" if options else ""


def _nearest(name: str, options: Sequence[str], likeness: float = LIKELY) -> str | None:
    same = [option for option in options if _last(option) == _last(name)]
    if not same and len(options) > COMPARED:
        return None
    folded = [option.casefold() for option in (same[:COMPARED] or options)]
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.0 if same else likeness)
    return (same or options)[folded.index(close[0])] if close else None


def _last(path: str) -> str:
    return path.rpartition("/")[2].casefold()
