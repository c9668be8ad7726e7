"""How numbers and categories are distributed in each set."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from tamis_plugins.statistics import measures
from tamis_plugins.statistics.sets import SELECTED

#: Bars of a histogram: so many for each square root of the samples selected, and within these limits. Whole numbers
#: get one each where the most suffice.
BARS, FEWEST, MOST = 2, 8, 30


@attrs.frozen(eq=False)
class Numbers:
    """A number in each set.

    Attributes:
        bins: How many bars there are.
        range: Where the first begins and the last ends.
        counts: Of each bar, by set.
        summaries: As `measures.summary` has them, by set.
        quantiles: As `measures.quantiles` has them, by set.
        missing: How many samples of each set have no value.
    """

    bins: int
    range: tuple[float, float]
    counts: Mapping[str, npt.NDArray[np.int64]]
    summaries: Mapping[str, Mapping[str, float]]
    quantiles: Mapping[str, list[float]]
    missing: Mapping[str, int]

    @classmethod
    def of(cls, values: Mapping[str, npt.NDArray[np.number]], missing: Mapping[str, int] | None = None) -> Numbers:
        """From the values of each set."""
        numbers = {name: np.asarray(part, dtype=np.float64) for name, part in values.items()}
        known = np.concatenate([*numbers.values(), np.zeros(0)])
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        count = len(numbers.get(SELECTED, known)) or len(known)
        bins, limits = int(np.clip(round(BARS * count**0.5), FEWEST, MOST)), (low, high)
        if len(known) and high - low < MOST and (known == np.rint(known)).all():
            bins, limits = int(high - low) + 1, (low - 0.5, high + 0.5)
        elif (
            not high > low or not np.isfinite(high - low) or (high - low) / bins < np.spacing(max(abs(low), abs(high)))
        ):
            # One value, or a span that can't be cut.
            bins, limits = 1, (low, high if high > low else np.nextafter(low, np.inf))
        counts = {
            name: np.histogram(part, bins, limits)[0] if bins > 1 else np.array([len(part)])
            for name, part in numbers.items()
        }
        return cls(
            bins,
            (float(limits[0]), float(limits[1])),
            counts,
            {name: measures.summary(part) for name, part in numbers.items()},
            {name: measures.quantiles(part) for name, part in numbers.items()},
            missing or dict.fromkeys(values, 0),
        )


@attrs.frozen(eq=False)
class Categories:
    """A category, or amounts of classes, in each set.

    Attributes:
        labels: Those that there are any of in the input, the most frequent first.
        counts: Of each label, by set.
        missing: How many samples of each set have no value.
    """

    labels: tuple[str, ...]
    counts: Mapping[str, npt.NDArray[np.float64]]
    missing: Mapping[str, int]

    @classmethod
    def of(
        cls,
        labels: tuple[str, ...],
        counts: Mapping[str, npt.NDArray[np.number]],
        missing: Mapping[str, int] | None = None,
    ) -> Categories:
        """From the counts of each set, one for each label. The first set holds the others."""
        amounts = {name: np.asarray(part, dtype=np.float64) for name, part in counts.items()}
        of_all = next(iter(amounts.values()))
        order = np.argsort(-of_all, kind="stable")
        order = order[of_all[order] > 0]
        return cls(
            tuple(labels[number] for number in order),
            {name: part[order] for name, part in amounts.items()},
            missing or dict.fromkeys(counts, 0),
        )

    def shares(self, name: str) -> npt.NDArray[np.float64]:
        """The share of each label in a set; zeros of nothing."""
        total = self.counts[name].sum()
        shares: npt.NDArray[np.float64] = self.counts[name] / total if total else np.zeros(len(self.labels))
        return shares

    def balance(self, name: str) -> float | None:
        """Of a set."""
        return measures.balance(self.counts[name])
