"""Plots of numbers: how they are distributed, how often each category is there, how they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.blocks.block import Block, are_texts, check_lengths, is_text, items, numbers, series

Numbers = npt.NDArray[np.float64]


def _limits(limits: Any) -> tuple[float, float]:
    low, high = map(float, limits)
    if not low <= high:
        raise ValueError(f"Histogram: limits are where it begins and ends, not {low} and {high}")
    return low, high


def _targets(targets: Any) -> dict[str, float]:
    return {str(label): float(share) for label, share in dict(targets).items()}


@attrs.frozen(eq=False)
class Histogram(Block):
    """How a number is distributed: the share of each series in intervals of one width.

    Attributes:
        name: Of the number.
        counts: How many values lie in each interval, by series: as `numpy.histogram` has them, with the same number of
            intervals for all.
        limits: Where the first interval begins and the last ends.
        mark: A value to mark, such as a threshold; None if there is none.
        told: What it shows, in words: for those who hear the page.
    """

    name: str = attrs.field(validator=is_text)
    counts: Mapping[str, Numbers] = attrs.field(converter=series)
    limits: tuple[float, float] = attrs.field(converter=_limits)
    mark: float | None = attrs.field(default=None, kw_only=True)
    told: str = attrs.field(default="", kw_only=True, validator=is_text)

    def __attrs_post_init__(self) -> None:
        check_lengths(self, self.counts, len(next(iter(self.counts.values()), ())), "intervals")


@attrs.frozen(eq=False)
class Bars(Block):
    """How often each category is there: a bar, the share and the count, by series.

    Attributes:
        caption: What it shows.
        labels: Of the categories, the most important first.
        counts: Of each label, by series.
        of: What a label is one of, such as ``Class``.
        targets: The share that was asked for, by label.
        captioned: As for `Table`.
    """

    caption: str = attrs.field(validator=is_text)
    labels: tuple[str, ...] = attrs.field(converter=items, validator=are_texts)
    counts: Mapping[str, Numbers] = attrs.field(converter=series)
    of: str = attrs.field(default="Category", kw_only=True, validator=is_text)
    targets: Mapping[str, float] = attrs.field(factory=dict, kw_only=True, converter=_targets)
    captioned: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_lengths(self, self.counts, len(self.labels), "labels")


@attrs.frozen(eq=False)
class Lines(Block):
    """How numbers go with another, such as time: a line for each series.

    Attributes:
        name: What it shows.
        x: Where the points are, ascending.
        values: Their heights, by series; NaN where there is none.
        axis: What ``x`` is, such as ``pick``.
    """

    name: str = attrs.field(validator=is_text)
    x: Numbers = attrs.field(converter=numbers)
    values: Mapping[str, Numbers] = attrs.field(converter=series)
    axis: str = attrs.field(default="", kw_only=True, validator=is_text)

    def __attrs_post_init__(self) -> None:
        check_lengths(self, self.values, len(self.x), "points")
        if not np.isfinite(self.x).all() or (np.diff(self.x) < 0).any():
            raise ValueError("Lines: x is finite and ascending")
