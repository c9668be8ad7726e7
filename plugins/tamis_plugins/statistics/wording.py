"""How numbers and sets are called on the page."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tamis_plugins.statistics.sets import INPUT, PRESELECTED, RANDOM, SELECTED, TOGETHER

#: Where there is no number.
DASH = "\N{EN DASH}"
#: In the order of the page.
TITLES = {
    INPUT: "Input",
    SELECTED: "Selected",
    RANDOM: "Random",
    PRESELECTED: "Preselected",
    TOGETHER: "Selected and preselected",
}


def titles(sets: Iterable[str], *, alone: bool) -> dict[str, str]:
    """How sets are called, in the order of the page; alone, the input is all that there is."""
    found = {name: title for name, title in TITLES.items() if name in sets}
    return {**found, INPUT: "All"} if alone else found


def text_of(name: str) -> str:
    """A name as text, with bytes that are none spelled out, as a selection's tables have it."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()


def number(value: float | None) -> str:
    """To four digits, without noughts that say nothing; a dash for None."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "-\N{INFINITY}"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 0.001 <= abs(value) < 1e6:
        digits = max(0, 3 - math.floor(math.log10(abs(value))))
        return f"{value:,.{digits}f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"


def share(value: float | None) -> str:
    """As a percentage; a dash for None."""
    if value is None or math.isnan(value):
        return DASH
    return f"{100 * value:.1f} %"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number of things."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
