"""How series look: a set looks the same on the whole page, and any other series too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from tamis_plugins.statistics.sets import INPUT, PRESELECTED, RANDOM, SELECTED, TOGETHER

#: The sets in the order in which a plot draws them; the last is on top.
DRAWN = (INPUT, RANDOM, PRESELECTED, SELECTED)
#: Looks of other series.
LOOKS = 8


@attrs.frozen(eq=False)
class Series:
    """The series of a page.

    Attributes:
        titles: How the sets are called.
    """

    titles: Mapping[str, str]
    _others: dict[str, int] = attrs.field(factory=dict, init=False)

    def title(self, name: str) -> str:
        """How a series is called."""
        return self.titles.get(name, name)

    def look(self, name: str, *, alone: bool = False, line: bool = False) -> str:
        """Its class on the page.

        Args:
            name: Of the series.
            alone: Whether it is the only one of a plot, and looks as the input does.
            line: Whether it is a line, which has no area.
        """
        if alone or (name == INPUT and not line):
            return INPUT
        if name in (*DRAWN, TOGETHER):
            return f"{name} line" if line else name
        return f"other{self._others.setdefault(name, len(self._others)) % LOOKS}"

    def drawn(self, names: Iterable[str]) -> list[str]:
        """Those of a plot in the order drawn; what is together is there in its parts."""
        given = [name for name in names if name != TOGETHER]
        return sorted(given, key=lambda name: DRAWN.index(name) if name in DRAWN else len(DRAWN))
