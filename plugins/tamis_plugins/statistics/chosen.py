"""What sections share of a selection."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from tamis import Selection, Subject, Table
from tamis_plugins.statistics.sets import Rows
from tamis_plugins.statistics.strategies import Used, used
from tamis_plugins.statistics.wording import texts_of


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
    def standing(self) -> Rows:
        """The row of each of those among all samples."""
        rows = self.subject.rows
        names = self.standings.samples
        return np.fromiter(map(rows.__getitem__, texts_of(names)), np.intp, len(names))

    @cached_property
    def strategies(self) -> tuple[Used, ...]:
        """Those of its config."""
        return tuple(used(self.selection, self.manifest))
