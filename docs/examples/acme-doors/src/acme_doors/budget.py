"""What the picks cost in total, in the order picked, beside samples at random: of a `column` of prices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tamis import Params, Section, Subject, blocks, hookimpl


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """A line for the picks, and one for as many samples at random; without picks or prices, nothing."""
    column = subject.columns.get(options["column"])
    if column is None or not len(subject.picked):
        return
    prices = np.where(column.valid, column.values, 0)
    picked, random = (np.cumsum(prices[rows]) for rows in (subject.picked, subject.sets["random"]))
    yield blocks.Text(f"The picks cost {picked[-1]:g} in total.")
    yield blocks.Lines(
        "Cost", np.arange(1, len(picked) + 1), {"selected": picked, "random": random}, axis="number of samples"
    )


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare acme_budget."""
    column = {"type": "string", "default": "price", "description": "The column of prices."}
    schema = {"properties": {"column": column}}
    return [Section("acme_budget", make, title="Budget", position=65, schema=schema, doc=__doc__ or "")]
