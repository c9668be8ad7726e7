"""The nearest existing name to one that doesn't exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The end of a message: the option that the name resembles most, or else all there are."""
    options = sorted(options)
    folded = [option.casefold() for option in options]
    if close := difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6):
        return f". Did you mean {options[folded.index(close[0])]!r}?"
    return f" (there is {', '.join(options)})" if options else ""
