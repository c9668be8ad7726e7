"""What sections share of a selection."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs

from tamis import Selection, Subject, Table
from tamis_plugins.statistics.strategies import Used, used


@attrs.frozen(eq=False, slots=False)
class Chosen:
    """A selection, and how it was made.

    Attributes:
        subject: What it was selected from.
        selection: It.
    """

    subject: Subject
    selection: Selection

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest."""
        return self.selection.manifest()

    @cached_property
    def standings(self) -> Table:
        """Its table of those that were not selected."""
        return self.selection.standings()

    @cached_property
    def strategies(self) -> tuple[Used, ...]:
        """Those of its config."""
        return tuple(used(self.selection, self.manifest))
