"""A plugin's objective, held to what it promises: whatever goes wrong in it is named as its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations import names
from tamis.selection.objective import Objective, Rows


@attrs.frozen(eq=False, init=False)
class Checked(Objective):
    """Another objective, of which every answer is checked.

    Attributes:
        inner: The plugin's.
        blame: Turns what is raised inside it into an error that names the plugin.
    """

    inner: Objective
    blame: Callable[[], AbstractContextManager[None]]

    def __init__(self, inner: Objective, blame: Callable[[], AbstractContextManager[None]]) -> None:
        self.__attrs_init__(inner, blame)
        with blame():
            if not isinstance(inner, Objective):
                raise TypeError(f"objective returned {inner!r}, not an Objective")
            names(inner.notes)

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]
        """As the plugin has them."""
        return names(self.inner.notes)

    def values(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Finite and not negative, one for each row."""
        with self.blame():
            values = np.asarray(self.inner.values(_read_only(rows)), dtype=np.float64)
            if values.shape != rows.shape:
                raise ValueError(f"values returned shape {values.shape} for {len(rows)} rows")
            if not (values.min(initial=0.0) >= 0 and np.isfinite(values.max(initial=0.0))):
                raise ValueError("values returned a number that is negative or not finite")
            return values

    def add(self, row: int) -> None:
        """Pass it on."""
        with self.blame():
            self.inner.add(row)

    def allowed(self, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """A boolean for each row, or None."""
        with self.blame():
            allowed = self.inner.allowed(_read_only(rows))
            if allowed is not None and (np.shape(allowed) != rows.shape or np.asarray(allowed).dtype != bool):
                raise TypeError(f"allowed returned {allowed!r} for {len(rows)} rows, not a boolean for each")
            return None if allowed is None else np.asarray(allowed)

    def finished(self) -> str | None:
        """A reason, or None."""
        return self._reason(self.inner.finished)

    def shortfall(self) -> str | None:
        """A reason, or None."""
        return self._reason(self.inner.shortfall)

    def _reason(self, ask: Callable[[], str | None]) -> str | None:
        with self.blame():
            reason = ask()
            if reason is not None and not isinstance(reason, str):
                raise TypeError(f"{ask.__name__} returned {reason!r}, not a reason or None")
            return reason


def _read_only(rows: Rows) -> Rows:
    view: Rows = rows.view()
    view.flags.writeable = False
    return view
