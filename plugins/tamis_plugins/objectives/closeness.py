"""How close the selection's shares of classes are to a target, and fast bounds of that for very many candidates."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Level, Objective, Params, errors
from tamis_plugins.objectives.series import Series
from tamis_plugins.objectives.target import Target

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: What is added to a share before its logarithm is taken.
EPSILON = 1e-10
#: The least that a cross-entropy counts as.
LEAST = 1e-12
#: A share that is off its target by no more than this, or than one sample makes, has met it.
CLOSE = 0.02
#: Classes that a line names, and that a sample's effect is recorded for.
SHOWN = 8
#: Up to so many different class vectors, all of them are looked at together.
MANY = 256
#: Numbers in all different class vectors: a gigabyte.
MOST = 1 << 27
#: Numbers of class vectors worked on at a time, which fit a processor's cache.
CHUNK = 1 << 15


class Closeness(Objective):
    """The inverse of the cross-entropy between the target and the selection's shares."""

    def __init__(self, column: Column, params: Params) -> None:
        self._name = column.name
        vectors, self._groups = _grouped(column)
        count = len(column.labels) if vectors is None else len(vectors)
        #: Whether rows are their own groups, so that none has to be looked up.
        self._all_differ = count == len(self._groups) and bool((self._groups == np.arange(count)).all())
        self._sizes = np.bincount(self._groups, minlength=count)
        self._is_category = column.kind is Kind.CATEGORY
        self._seeks = params.get("strength", 1.0) > 0
        target = Target.of(column, self._sizes.astype(float) if vectors is None else self._sizes @ vectors, params)
        self.notes, self._classes, self._target = target.notes, target.classes, target.shares
        if count * len(target.classes) > MOST:
            raise errors.RunError(
                f"'{column.name}' has {len(target.classes)} classes in {count} different amounts: BALANCE takes "
                f"{MOST:,} numbers at the most; give a target of fewer classes"
            )
        self._vectors = target.one_each(count) if vectors is None else target.merged(vectors)
        self._sums = self._vectors.sum(axis=1)
        self._total, self._whole = np.zeros(len(self._target)), 0.0
        self._added = 0
        self._marked = self._total
        self._extremes = (LEAST, np.inf)
        #: Made once bounds are asked for.
        self._series: Series | None = None
        #: A row in the middle, the smallest and the largest sum.
        self._mean = self._sizes @ self._vectors / max(self._sizes.sum(), 1)
        self._small, self._large = self._sums.min(initial=0.0), self._sums.max(initial=0.0)
        #: The classes that a group has most of: number, name, amount and target, for groups that have been asked for.
        self._most: dict[int, list[tuple[int, str, float, float]]] = {}
        #: The closeness with each group, and of the selection, once they have been asked for.
        self._each: Floats | None = None
        self._value: float | None = None
        classes = len(self._target)
        self._one_each = self._vectors.shape == (classes, classes) and classes <= MANY
        self._one_each = self._one_each and bool((self._vectors == np.eye(classes)).all())
        self._others = 1 - np.eye(classes) if self._one_each else np.empty((0, 0))

    def values(self, rows: Rows) -> Floats:
        """The closeness with each of the rows."""
        groups = self._groups_of(rows)
        if len(self._vectors) <= MANY or len(groups) > len(self._vectors) / 2:
            if self._each is None:
                self._each = self._closeness_of_each() if self._one_each else self._closeness(self._vectors, self._sums)
            return self._each[groups]
        return self._closeness(self._vectors[groups], self._sums[groups])

    def add(self, row: int) -> None:
        """Add the row's class vector."""
        group = self._groups[row]
        self._value = None if self._each is None else float(self._each[group])
        self._total = self._total + self._vectors[group]
        self._whole += float(self._sums[group])
        self._added += 1
        self._each = None

    def value(self) -> float:
        """The closeness of the selection."""
        if self._value is None:
            self._value = float(self._closeness(np.zeros((1, len(self._target))), np.zeros(1))[0])
        return self._value

    def effect(self, row: int) -> list[Level]:
        """The shares of the row's classes; where it has many, of those that it has most of."""
        group = self._groups.item(row)
        if (most := self._most.get(group)) is None:
            amounts = self._vectors[group]
            classes = np.argsort(-amounts, kind="stable")[:SHOWN]
            most = self._most[group] = [
                (each, self._classes[each], amounts.item(each), self._target.item(each))
                for each in classes[amounts[classes] > 0].tolist()
            ]
        before, after, total = self._whole or 1.0, self._whole + self._sums.item(group), self._total
        return [
            Level(
                "share",
                name,
                (total.item(each) + amount) / after,
                target=target,
                before=total.item(each) / before,
            )
            for each, name, amount, target in most
        ]

    def levels(self) -> list[Level]:
        """The share of each class, and its target."""
        return [
            Level("share", name, share, target=target)
            for name, share, target in zip(self._classes, self._shares().tolist(), self._target.tolist(), strict=True)
        ]

    def summary(self) -> str | None:
        """The shares beside their targets; of many classes, those that are farthest from them."""
        return self._told(np.arange(len(self._classes))) or None

    def shortfall(self) -> str | None:
        """Which shares are not what they should be."""
        close = max(CLOSE, 1 / max(self._added, 1)) + 1e-9
        missed = np.flatnonzero(np.abs(self._shares() - self._target) > close)
        if not self._seeks or not self._whole or not len(missed):
            return None
        return f"the target is not reached: {self._told(missed)}"

    def _groups_of(self, rows: Rows) -> Rows:
        return rows if self._all_differ else self._groups[rows]

    def _shares(self) -> Floats:
        return self._total / (self._whole or 1.0)

    def _told(self, classes: Rows) -> str:
        shares = self._shares()
        shown = classes
        if len(classes) > SHOWN:
            missed = np.abs(shares[classes] - self._target[classes])
            shown = np.sort(classes[np.argsort(-missed, kind="stable")[:SHOWN]])
        told = [f"{self._classes[each]} {_share(shares[each])} of {_share(self._target[each])}" for each in shown]
        told += [f"and {len(classes) - len(shown)} more classes"] * (len(shown) < len(classes))
        return ", ".join(told)

    def part(self, rows: Rows) -> Objective:
        """With the same target."""
        part = copy.copy(self)
        part._groups, part._all_differ, part._most = self._groups[rows], False, {}
        return part

    def groups(self) -> Rows:
        """By class vector."""
        return self._groups

    def shortlist(self, rows: Rows, largest: bool) -> Rows:
        """By bounds of the cross-entropy with each class vector."""
        if len(self._vectors) <= MANY or len(rows) < len(self._vectors) / 2 or not self._whole:
            return rows
        if (bounds := self._series_bounds(upper=not largest)) is None:
            return rows
        numbers = bounds[0][self._groups_of(rows)]
        probe = rows[[numbers.argmin() if largest else numbers.argmax()]]
        found = 1 / float(self.values(probe)[0])
        limit = np.nextafter(numbers.dtype.type(found - bounds[1]), np.inf if largest else -np.inf)
        could_be: Rows = rows[numbers <= limit] if largest else rows[numbers >= limit]
        return could_be if largest or found > LEAST else rows

    def mark(self, rows: Rows) -> tuple[Floats, Floats]:
        """Bounds of the values; bounds of the cross-entropy with any row are kept for `drift`."""
        low, high = self._bounds(rows)
        self._marked = self._total
        self._extremes = (1 / float(high.max()), 1 / float(low.min()))
        return low, high

    def drift(self) -> tuple[float, float]:
        """From bounds of how much the cross-entropy with any row has fallen."""
        falls = self._falls() if self._marked.any() else (-np.inf, np.inf) if self._total.any() else (0.0, 0.0)
        # The largest quotient may be that of a cross-entropy that has fallen to the least.
        entropies = [(*self._extremes, float(np.clip(fall + LEAST, *self._extremes))) for fall in falls]
        quotients = [
            entropy / max(entropy - fall, LEAST)
            for fall, each in zip(falls, entropies, strict=True)
            for entropy in each
        ]
        return min(quotients), max(quotients)

    def outlook(self, limit: int) -> str | None:
        """Which class misses its share even if the samples richest in it are picked."""
        limit = min(limit, int(self._sizes.sum()) - self._added)
        short = []
        for number, (name, share) in enumerate(zip(self._classes, self._target, strict=True)):
            excess = self._vectors[:, number] - share * self._sums
            order = np.argsort(-excess, kind="stable")
            taken = np.diff(np.minimum(np.cumsum(self._sizes[order]), limit), prepend=0)
            have = self._total[number] - share * self._whole
            if share > 0 and have + taken @ excess[order] < -1e-9 * limit:
                short.append(self._shortage(name, number, share, limit))
        return "; ".join(short) or None

    def _shortage(self, name: str, number: int, share: float, limit: int) -> str:
        percent = f"{100 * share:.3g} % {name}"
        if not self._is_category:
            return f"{percent} is out of reach: even the {limit} samples richest in it have less"
        needed = int(np.ceil(share * (self._whole + limit) - 1e-9))
        there = int(self._sizes @ self._vectors[:, number])
        return f"{percent} needs {needed} sample{'s' * (needed != 1)}, {there} exist{'s' * (there == 1)}"

    def _bounds(self, rows: Rows) -> tuple[Floats, Floats]:
        """Bounds of the closeness with each of the rows: the values, or, if all rows add little, a series.

        A series bounds each row on the side that matters; on the other, one bound serves all.
        """
        many = MANY < len(self._vectors) <= 2 * len(rows) and self._whole > 0
        found = self._series_bounds(upper=not self._seeks) if many else None
        if found is None:
            values = self.values(rows)
            return values, values
        numbers, constant, apart = found
        # In float64, as the constant is: the sum of float32 would be rounded by more than bounds allow for.
        entropies = np.maximum(np.add(numbers[self._groups_of(rows)], constant, dtype=np.float64), LEAST)
        farthest = entropies.max() + apart if self._seeks else max(float(entropies.min()) - apart, LEAST)
        bounds, other = 1 / entropies, np.broadcast_to(1 / farthest, len(rows))
        return (other, bounds) if self._seeks else (bounds, other)

    def _series_bounds(self, *, upper: bool) -> tuple[npt.NDArray[np.floating], float, float] | None:
        """Bounds of the cross-entropy with each class vector, as `Series` has them."""
        if self._series is None:
            self._series = Series(self._vectors, self._sums, self._target, EPSILON)
        return self._series.bounds(self._total, self._whole, upper=upper)

    def _closeness_of_each(self) -> Floats:
        """With one sample of each class: as `_closeness`, where each sample changes the share of one class."""
        whole = self._whole + 1
        without, with_one = np.log(self._total / whole + EPSILON), np.log((self._total + 1) / whole + EPSILON)
        entropies = self._others @ (self._target * without) + self._target * with_one
        closeness: Floats = 1 / np.maximum(-entropies, LEAST)
        return closeness

    def _closeness(self, vectors: Floats, sums: Floats) -> Floats:
        entropies, size = np.empty(len(vectors)), max(1, CHUNK // max(1, len(self._target)))
        room = np.empty((min(size, len(vectors)), len(self._target)))
        for start in range(0, len(vectors), size):
            part = slice(start, start + size)
            shares = np.add(self._total, vectors[part], out=room[: len(vectors) - start])
            whole = self._whole + sums[part]
            shares /= np.where(whole > 0, whole, 1.0)[:, None]
            shares += EPSILON
            np.log(shares, out=shares)
            np.matmul(shares, -self._target, out=entropies[part])
        closeness: Floats = 1 / np.maximum(entropies, LEAST)
        return closeness

    def _falls(self) -> tuple[float, float]:
        """Bounds of by how much the cross-entropy with a row has fallen since the mark, over all rows.

        With the sums ``Q`` then and ``R`` now, and a row of amounts ``v`` that sum to ``s``, that is the sum over
        classes of ``t[k] * h[k](v[k])``, less ``sum(t) * ln((R + s) / (Q + s))``, where
        ``h(v) = ln((r + EPSILON * (R + s) + v) / (q + EPSILON * (Q + s) + v))`` is convex and falls. So it is the most
        where all of a row is of one class, and no less than the tangents at the mean row.
        """
        then, now = self._marked, self._total
        sums = np.array([self._small, self._large])
        wholes = self._target.sum() * np.log((now.sum() + sums) / (then.sum() + sums))
        weak_then, weak_now = EPSILON * (then.sum() + sums), EPSILON * (now.sum() + sums)

        then_least, now_most = then + weak_then[0], now + weak_now[1]
        at_none = np.log(now_most / then_least)
        at_all = np.log((now_most + self._small) / (then_least + self._small))
        most = self._target @ at_none - (self._target * (at_none - at_all)).min()

        then_most = then + weak_then[1] + self._mean
        now_least = np.maximum(now + weak_now[0] + self._mean, then_most)
        slopes = self._target * (1 / now_least - 1 / then_most)
        least = self._target @ np.log(now_least / then_most) - slopes @ self._mean + self._large * slopes.min()
        return float(least - wholes[0]), float(most - wholes[1])


def _grouped(column: Column) -> tuple[Floats | None, Rows]:
    """The class vectors that occur, each once, and which of them every row has; of categories one each, as None."""
    if column.kind is Kind.CATEGORY:
        return None, np.asarray(column.values, dtype=np.intp)
    vectors = np.asarray(column.values, dtype=np.float64)
    if vectors.min(initial=0.0) < 0:
        raise errors.RunError(f"'{column.name}' has a negative amount of a class, {vectors.min():g}: there is no such")
    with np.errstate(over="ignore"):
        if not np.isfinite(vectors.sum()):
            raise errors.RunError(
                f"amounts of '{column.name}' are as large as {vectors.max():g}, which float64 can't sum up: "
                "scale them down"
            )
    # Sorting rows is slow. Equal ones have the same sum of multiples; what else has, is told apart below.
    sums = np.vecdot(vectors, np.random.default_rng(0).random(vectors.shape[1]))
    _, first, group = np.unique(sums, return_index=True, return_inverse=True)
    alike = np.flatnonzero(np.bincount(group, minlength=len(first))[group] > 1)
    strays = alike[(vectors[alike] != vectors[first[group[alike]]]).any(axis=1)]
    group[strays] = len(first) + np.arange(len(strays))
    first = np.append(first, strays)
    order = np.argsort(first)  # so that rows and their groups are in nearly the same order
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return vectors[first[order]], place[group]


def _share(share: float) -> str:
    """To two digits after the point, or to one that is not 0."""
    return f"{share:.2f}" if share >= 0.01 or not share else f"{share:.1g}"
