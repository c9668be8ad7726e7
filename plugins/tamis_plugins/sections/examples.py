"""Examples: samples of a dataset of which nothing was selected, at random.

They are the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.wording import counted

#: Where the choice comes from.
SEED = 0


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """Some samples."""
    if subject.selection is not None:
        return
    total, count = len(subject.samples), options["count"]
    rows = np.sort(np.random.default_rng(SEED).permutation(total)[:count])
    some = f"{counted(len(rows), 'sample')} of {total:,}, at random" if len(rows) < total else "All samples"
    cards = [blocks.Card(subject.samples[row]) for row in rows.tolist()]
    yield blocks.Gallery(cards, told=f"{some}, in the order of the dataset.")


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare examples."""
    count = {"type": "integer", "minimum": 1, "maximum": 200, "default": 24, "description": "How many samples."}
    schema = {"properties": {"count": count}}
    return [Section("examples", make, title="Examples", position=25, schema=schema, doc=__doc__ or "")]
