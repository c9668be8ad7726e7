"""Bounds of the cross-entropy with each of very many class vectors, by one product of a vector and a matrix."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Class vectors worked on at a time.
CHUNK = 1024
#: The series is close where no class's amount falls by more than this part of it.
FALL = 0.5
#: Squares are summed up anew once the weights of classes have changed by more than this relative to each other.
LOOSE = 2.0
#: Rounding errors of float32, and of the float64 sums that are compared in the end, relative to their terms.
SINGLE, DOUBLE = float(np.finfo(np.float32).eps), 1e-13


class Series:
    """Class vectors around their middle, for the logarithm's series there.

    With the selection's amounts and those of a middle vector, ``b``, and a vector's difference ``d`` from that,
    ``y = d / b``, all between ``l`` and ``h``, has ``y - y^2 * f(l) <= ln(1 + y) <= y - y^2 * f(h)``, where
    ``f(y) = (y - ln(1 + y)) / y^2`` falls. The sums of ``y`` over classes are a product with the matrix of ``d``; those
    of ``y^2`` change together as picks are added, and seldom relative to each other.

    All amounts are taken as multiples of the mean sum of a vector, so that none is too small or large for float32.

    Args:
        vectors: ``(n, c)`` amounts, not negative.
        sums: ``(n,)`` theirs over all classes.
        target: ``(c,)`` shares, not negative.
        epsilon: What is added to a share before its logarithm is taken.
    """

    def __init__(self, vectors: Floats, sums: Floats, target: Floats, epsilon: float) -> None:
        self._unit = float(sums.mean()) or 1.0
        self._sums, self._epsilon = sums / self._unit, epsilon
        self._used = (target > 0) & (vectors.max(axis=0, initial=0.0) > 0)
        self._target = target[self._used]
        self._share = float(self._target.sum())
        #: Of other classes the share is 0 with any vector.
        self._unused = float(target.sum() - self._share) * np.log(epsilon)
        self._middle = self._target / (self._share or 1.0)
        n, classes = len(vectors), len(self._target)
        #: The differences, and in the last row the weighted sums of their squares: one product makes both sums.
        self._apart = np.empty((classes + 1, n), dtype=np.float32)
        self._rest, self._largest = np.empty(n), 0.0
        for part in self._parts():
            apart = vectors[part][:, self._used] / self._unit - self._middle
            self._rest[part] = apart.sum(axis=1)
            self._largest = max(self._largest, float(np.abs(apart).sum(axis=1).max(initial=0.0)))
            self._apart[:-1, part] = apart.T
        rounding = SINGLE * np.abs(self._apart[:-1]).max(axis=1, initial=0.0)
        self._lowest = self._apart[:-1].min(axis=1, initial=0.0) - rounding
        self._highest = self._apart[:-1].max(axis=1, initial=0.0) + rounding
        self._unlike = float(np.abs(self._sums - 1).max(initial=0.0))
        self._most_rest = float(np.abs(self._rest).max(initial=0.0))
        self._weights, self._longest = np.zeros(classes), 0.0

    def _parts(self) -> list[slice]:
        return [slice(start, start + CHUNK) for start in range(0, len(self._sums), CHUNK)]

    def bounds(
        self, total: Floats, whole: float, *, upper: bool
    ) -> tuple[npt.NDArray[np.floating], float, float] | None:
        """Lower or upper bounds of the cross-entropy with each vector: ``(n,)`` numbers, to which one is to be added.

        And how much farther the other bounds are, at most. None where the selection has too little of a class.

        Args:
            total: ``(c,)`` the amounts that are selected.
            whole: Their sum.
            upper: Which bounds.
        """
        total, whole = total[self._used] / self._unit, whole / self._unit
        amounts = total + self._middle + self._epsilon * (whole + 1)
        if not len(amounts) or (lowest := float((self._lowest / amounts).min())) < -FALL:
            return None
        firsts, seconds = self._target / amounts, self._target / amounts**2
        with np.errstate(divide="ignore"):
            quotients = seconds / self._weights
        if not quotients.max() < LOOSE * quotients.min():
            self._square(seconds)
            quotients = np.ones(1)
        highest = float((self._highest / amounts).max())
        most, least = float(quotients.max()) * _second(lowest), float(quotients.min()) * _second(highest)
        second = most if upper else least
        common = (float(firsts.max()) + float(firsts.min())) / 2  # which no rounding of the products concerns
        found = np.append(common - firsts, second).astype(np.float32) @ self._apart
        logs = self._target * np.log(amounts)
        off = self._largest * float(np.abs(firsts - common).max()) + 2 * most * self._longest
        off *= (len(amounts) + 9) * SINGLE
        off += self._epsilon * self._unlike * float((self._target / (amounts + self._lowest)).sum())
        off += DOUBLE * (1 + float(np.abs(logs).sum()) + abs(self._unused) + self._share * abs(np.log(whole)))
        off += DOUBLE * common * self._largest
        constant = -float(logs.sum()) - self._unused
        differ = self._share * self._unlike / whole + common * self._most_rest
        if differ < DOUBLE:
            off += differ
            constant += self._share * float(np.log(whole + 1))
        else:
            found = self._share * np.log(self._sums + whole) - common * self._rest + found
        apart = (most - least) * self._longest + 2 * off
        return found, float(constant + off if upper else constant - off), float(apart)

    def _square(self, weights: Floats) -> None:
        """Sum up the weighted squares of each vector."""
        self._weights = weights
        room = np.empty((len(weights), CHUNK), dtype=np.float32)
        for part in self._parts():
            apart = self._apart[:-1, part]
            squares = np.square(apart, out=room[:, : apart.shape[1]])
            self._apart[-1, part] = weights.astype(np.float32) @ squares
        self._longest = float(self._apart[-1].max(initial=0.0))


def _second(y: float) -> float:
    """What of ``y^2`` the logarithm of ``1 + y`` is less than ``y``."""
    return 0.5 - y / 3 if abs(y) < 1e-5 else (y - float(np.log1p(y))) / y**2
