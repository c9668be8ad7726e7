"""The values that a selection is based on, of the selected samples."""

from __future__ import annotations

import numpy as np

from tamis import Selection, Table


def values_of(selection: Selection) -> Table:
    """A row for each selected sample, in the order picked: its rank, and every number and category that was used."""
    table = selection.table()
    places = {sample: row for row, sample in enumerate(table.samples)}
    rows = np.array([places[sample] for sample in selection.selected], dtype=np.intp)
    names = ("rank", *(name for name in table.columns if name not in ("rank", "selected")))
    return Table(selection.selected, {name: table[name].take(rows) for name in names})
